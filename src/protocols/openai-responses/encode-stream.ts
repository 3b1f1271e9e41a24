import type { ChatStreamEvent } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { RouterError } from '../../errors/router-error.ts';
import type { JsonObject } from '../../lib/json.ts';
import { errorObject } from '../openai-errors.ts';
import type { StreamEncoder, StreamFacts } from '../protocol.ts';
import { OutputWriter } from './output-writer.ts';
import { endingOf, type ResponseState, responseObject } from './response-object.ts';
import { encodeUsage } from './usage.ts';

const TOO_MANY_REQUESTS = 429;

/** Every event numbered and named: https://platform.openai.com/docs/api-reference/responses-streaming */
export class OpenAiResponsesStreamEncoder implements StreamEncoder {
  readonly contentType = 'text/event-stream';
  readonly #facts: StreamFacts;
  readonly #writer: OutputWriter;
  #number = 0;
  #pending = '';

  constructor(facts: StreamFacts) {
    this.#facts = facts;
    this.#writer = new OutputWriter(facts, (type, members) => this.#emit(type, members));
  }

  push(event: ChatStreamEvent): string {
    if (event.type === 'response-start') this.#start();
    else if (event.type === 'response-end') this.#end(event.usage);
    else this.#writer.push(event);
    return this.#take();
  }

  /**
   * `response.failed`, because it ends a stream for those who read events, with the error beside the response, because
   * that is what makes OpenAI's SDKs throw.
   */
  fail(error: RouterError): string {
    const code = error.status === TOO_MANY_REQUESTS ? 'rate_limit_exceeded' : 'server_error';
    const failure: ResponseState = {
      status: 'failed',
      output: this.#writer.output,
      error: { code, message: error.publicMessage },
    };
    const { requestId } = this.#facts;
    this.#emit('failed', { response: responseObject(this.#facts, failure), error: errorObject(error, requestId) });
    return this.#take();
  }

  #start(): void {
    const response = responseObject(this.#facts, { status: 'in_progress', output: [] });
    this.#emit('created', { response });
    this.#emit('in_progress', { response });
  }

  #end(usage: Usage | undefined): void {
    this.#writer.close();
    const ending = endingOf(this.#writer.finishReason, this.#writer.hasRefusal);
    const response = responseObject(this.#facts, {
      ...ending,
      output: this.#writer.output,
      ...(usage === undefined ? {} : { usage: encodeUsage(usage, this.#facts.costOf(usage)) }),
    });
    this.#emit(ending.status, { response });
  }

  #emit(name: string, members: JsonObject): void {
    const type = `response.${name}`;
    const data = JSON.stringify({ type, sequence_number: this.#number, ...members });
    this.#number += 1;
    this.#pending += `event: ${type}\ndata: ${data}\n\n`;
  }

  #take(): string {
    const text = this.#pending;
    this.#pending = '';
    return text;
  }
}

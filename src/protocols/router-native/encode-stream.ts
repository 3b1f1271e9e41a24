import type { ChatStreamEvent } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { RouterError } from '../../errors/router-error.ts';
import type { JsonObject } from '../../lib/json.ts';
import { type ChoiceDelta, DeltaEncoder } from '../openai-deltas.ts';
import { encodeFinishReason } from '../openai-finish.ts';
import { encodeUsage } from '../openai-usage.ts';
import type { StreamEncoder, StreamFacts } from '../protocol.ts';

/** The line that says nothing more comes. */
const LAST: JsonObject = { text: null, finish_reason: null, is_final: true };

/**
 * One JSON object a line, or a `data:` event where the client prefers those. The line with the finish reason of the
 * first choice comes last but one, because it tells the usage too.
 */
export class RouterNativeStreamEncoder implements StreamEncoder {
  readonly contentType: string;
  readonly #facts: StreamFacts;
  readonly #deltas: DeltaEncoder;
  #finishReason: string | null = null;

  constructor(facts: StreamFacts) {
    this.#facts = facts;
    this.#deltas = new DeltaEncoder(facts.origin);
    this.contentType = facts.preferEventStream ? 'text/event-stream' : 'application/jsonl';
  }

  push(event: ChatStreamEvent): string {
    if (event.type === 'choice-end') return this.#endChoice(event.choice, encodeFinishReason(event.finishReason));
    if (event.type === 'response-end') return this.#endResponse(event.usage);
    const delta = this.#deltas.push(event);
    return delta === undefined ? '' : this.#line(encodeDelta(delta));
  }

  fail(error: RouterError): string {
    return this.#line({ ...LAST, error: { code: error.code, message: error.publicMessage } });
  }

  #endChoice(choice: number, finishReason: string): string {
    if (choice > 0) return this.#line({ text: null, finish_reason: finishReason, is_final: false, choice });
    this.#finishReason = finishReason;
    return '';
  }

  #endResponse(usage: Usage | undefined): string {
    const finish = { text: null, finish_reason: this.#finishReason, is_final: false };
    return this.#line(usage === undefined ? finish : { ...finish, ...this.#spent(usage) }) + this.#line(LAST);
  }

  #spent(usage: Usage): JsonObject {
    return { usage: encodeUsage(usage, undefined), cost: this.#facts.costOf(usage) ?? null };
  }

  #line(object: JsonObject): string {
    const json = JSON.stringify(object);
    return this.#facts.preferEventStream ? `data: ${json}\n\n` : `${json}\n`;
  }
}

/** `choice` is named only where it is not the first. */
function encodeDelta({ choice, text, refusal, reasoning, toolCall, annotation, image }: ChoiceDelta): JsonObject {
  return {
    text: text ?? refusal ?? null,
    finish_reason: null,
    is_final: false,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(toolCall === undefined ? {} : { tool_calls: [toolCall] }),
    ...(annotation === undefined ? {} : { annotations: [annotation] }),
    ...(image === undefined ? {} : { images: [image] }),
    ...(choice === 0 ? {} : { choice }),
  };
}

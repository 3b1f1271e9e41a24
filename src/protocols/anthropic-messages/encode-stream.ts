import type { ChatStreamEvent, FinishReason } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { RouterError } from '../../errors/router-error.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { StreamEncoder, StreamFacts } from '../protocol.ts';
import { wrapSeal } from '../seal.ts';
import { type BlockEvent, BlockSequencer } from './block-sequencer.ts';
import { encodeCallSeal } from './call-seal.ts';
import { encodeCitation } from './citations.ts';
import { messageHead, redactedBlock, textBlock, thinkingBlock, toolUseBlock } from './encode-response.ts';
import { encodeError } from './errors.ts';
import { encodeStopReason, stopDetailsOf } from './finish.ts';
import { encodeUsage, encodeUsageAtEnd, usageAtStart } from './usage.ts';

type EventOf<Type extends ChatStreamEvent['type']> = Extract<ChatStreamEvent, { readonly type: Type }>;

const FIRST_CHOICE = 0;

/** The vendor's events: https://platform.claude.com/docs/en/build-with-claude/streaming */
export class AnthropicMessagesStreamEncoder implements StreamEncoder {
  readonly contentType = 'text/event-stream';
  readonly #facts: StreamFacts;
  readonly #sequencer = new BlockSequencer();
  readonly #foreignBlocks = new Set<number>();
  #index = 0;
  #isThinking = false;
  #hasToolCall = false;
  #hasRefusal = false;
  #finishReason: FinishReason = 'other';
  #stopSequence: string | undefined;
  #startUsage: Usage | undefined;

  constructor(facts: StreamFacts) {
    this.#facts = facts;
  }

  push(event: ChatStreamEvent): string {
    if ('block' in event) return this.#pushBlock(event);
    switch (event.type) {
      case 'response-start':
        return this.#start(event.usage);
      case 'choice-end':
        this.#endChoice(event);
        return '';
      case 'response-end':
        return this.#end(event.usage);
      default:
        return event satisfies never;
    }
  }

  fail(error: RouterError): string {
    const { detail: _, type, ...body } = encodeError(error, this.#facts.requestId);
    return frame('error', { type, ...body });
  }

  #start(known: Usage | undefined): string {
    this.#startUsage = usageAtStart(known, this.#facts.estimatedInputTokens);
    const end = { stop_reason: null, stop_sequence: null, stop_details: null };
    const usage = encodeUsage(this.#startUsage);
    return frame('message_start', {
      type: 'message_start',
      message: { ...messageHead(this.#facts), content: [], ...end, usage },
    });
  }

  #pushBlock(event: BlockEvent): string {
    if ('choice' in event && event.choice !== FIRST_CHOICE) {
      this.#facts.ledger.dropped('answer.choices', 'meaning', 'one answer only');
      this.#foreignBlocks.add(event.block);
    }
    if (this.#foreignBlocks.has(event.block)) return '';
    return this.#sequencer
      .push(event)
      .map((next) => this.#encode(next))
      .join('');
  }

  #encode(event: BlockEvent): string {
    switch (event.type) {
      case 'text-start':
      case 'refusal-start':
        this.#hasRefusal ||= event.type === 'refusal-start';
        return this.#blockStart(textBlock(''));
      case 'text-delta':
        if (event.logprobs !== undefined) this.#facts.ledger.dropped('answer.logprobs', 'minor');
        return this.#delta({ type: 'text_delta', text: event.text });
      case 'refusal-delta':
        return this.#delta({ type: 'text_delta', text: event.text });
      case 'citation':
        return this.#delta({ type: 'citations_delta', citation: encodeCitation(event.citation) });
      case 'reasoning-start':
        return '';
      case 'reasoning-delta':
        return this.#startThinking() + this.#delta({ type: 'thinking_delta', thinking: event.text });
      case 'reasoning-end':
        return this.#endThinking(event);
      case 'tool-call-start':
        return this.#startCall(event);
      case 'tool-call-delta':
        return this.#delta({ type: 'input_json_delta', partial_json: event.arguments });
      case 'text-end':
      case 'refusal-end':
      case 'tool-call-end':
        return this.#blockStop();
      case 'media':
        this.#facts.ledger.dropped(`answer.${event.modality}`, 'meaning');
        return '';
      default:
        return event satisfies never;
    }
  }

  /** Whether a thought is a redacted one is known at its end: it has no words until then. */
  #startThinking(): string {
    if (this.#isThinking) return '';
    this.#isThinking = true;
    return this.#blockStart(thinkingBlock());
  }

  #endThinking({ signature, redacted }: EventOf<'reasoning-end'>): string {
    const { origin } = this.#facts;
    let frames = '';
    if (signature !== undefined) frames += this.#startThinking();
    // A thought without a seal gets one that only names its maker, so that it is known when it comes back.
    if (this.#isThinking) {
      frames += this.#delta({ type: 'signature_delta', signature: wrapSeal(origin, signature ?? '') });
    }
    if (this.#isThinking) frames += this.#blockStop();
    this.#isThinking = false;
    return redacted === undefined ? frames : frames + this.#wholeBlock(redactedBlock(origin, redacted));
  }

  #startCall({ id, name, signature }: EventOf<'tool-call-start'>): string {
    this.#hasToolCall = true;
    const seal = signature === undefined ? '' : this.#wholeBlock(encodeCallSeal(this.#facts.origin, signature));
    return seal + this.#blockStart(toolUseBlock(id, name));
  }

  #endChoice({ choice, finishReason, stopSequence }: EventOf<'choice-end'>): void {
    if (choice !== FIRST_CHOICE) return;
    this.#finishReason = finishReason;
    this.#stopSequence = stopSequence;
  }

  #end(usage: Usage | undefined): string {
    const reason = encodeStopReason(this.#finishReason, {
      hasToolCall: this.#hasToolCall,
      hasRefusal: this.#hasRefusal,
    });
    const cost = usage === undefined ? undefined : this.#facts.costOf(usage);
    const known = usage ?? usageAtStart(this.#startUsage, this.#facts.estimatedInputTokens);
    const delta = {
      stop_reason: reason,
      stop_sequence: this.#stopSequence ?? null,
      stop_details: stopDetailsOf(reason),
      container: null,
    };
    const end = { type: 'message_delta', delta, usage: encodeUsageAtEnd(known, cost) };
    return frame('message_delta', end) + frame('message_stop', { type: 'message_stop' });
  }

  #wholeBlock(block: JsonObject): string {
    return this.#blockStart(block) + this.#blockStop();
  }

  #blockStart(block: JsonObject): string {
    return frame('content_block_start', { type: 'content_block_start', index: this.#index, content_block: block });
  }

  #delta(delta: JsonObject): string {
    return frame('content_block_delta', { type: 'content_block_delta', index: this.#index, delta });
  }

  #blockStop(): string {
    const index = this.#index;
    this.#index += 1;
    return frame('content_block_stop', { type: 'content_block_stop', index });
  }
}

function frame(event: string, data: JsonObject): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

import type { ChatStreamEvent, FinishReason, TokenLogprob } from '../../canonical/chat.ts';
import type { ContentPart, ReasoningPart, ToolCallPart } from '../../canonical/content.ts';
import { RouterError } from '../../errors/router-error.ts';
import type { JsonValue } from '../../lib/json.ts';
import { decodeCitations } from './citations.ts';
import { decodePart } from './decode-part.ts';
import { ANSWER_IDS } from './decode-response.ts';
import { decodeFinishReason } from './finish.ts';
import { decodeLogprobs } from './logprobs.ts';
import { camelMembers } from './members.ts';
import type { WireCandidate } from './read-answer.ts';

type Events = ChatStreamEvent[];

interface OpenText {
  readonly type: 'text' | 'reasoning';
  readonly block: number;
  /** Code units of the answer's text before this block. */
  readonly offset: number;
}

/** More calls than any model makes; bounds what a stream can make us hold. */
const MAX_TOOL_CALLS = 512;

/** Beyond this many code units of text citations lose their ranges, which are counted in bytes from its start. */
const MAX_KEPT_TEXT = 4 * 1024 * 1024;

/** One candidate of a stream. The vendor's pieces carry no brackets, so blocks are opened and closed here. */
export class CandidateDecoder {
  readonly #choice: number;
  readonly #nextBlock: () => number;
  #finishReason = '';
  #open: OpenText | undefined;
  #text = '';
  #calls = 0;
  #logprobs: readonly TokenLogprob[] | undefined;

  /** Block numbers run through all choices of a response. */
  constructor(choice: number, nextBlock: () => number) {
    this.#choice = choice;
    this.#nextBlock = nextBlock;
  }

  get hasEnded(): boolean {
    return this.#finishReason !== '';
  }

  push({ parts, finishReason, members }: WireCandidate, events: Events): void {
    this.#logprobs = decodeLogprobs(members['logprobsResult']);
    for (const part of parts) this.#readPart(part, events);
    this.#cite(members, events);
    if (finishReason !== '') this.#finishReason = finishReason;
  }

  /** The prompt was refused. */
  block(): void {
    this.#finishReason = 'PROHIBITED_CONTENT';
  }

  end(events: Events): void {
    this.#close(events, {});
    const finishReason: FinishReason = decodeFinishReason(this.#finishReason, this.#calls > 0);
    events.push({ type: 'choice-end', choice: this.#choice, finishReason });
  }

  /** Parts without a place in a stream (code that the vendor ran) are passed over, as are drafts of pictures. */
  #readPart(wire: JsonValue, events: Events): void {
    const { part } = decodePart(wire, ANSWER_IDS);
    if (part.type === 'text') this.#write('text', part.text, events);
    else if (part.type === 'reasoning') this.#readThought(part, events);
    else if (part.type === 'tool-call') this.#readCall(part, events);
    else if (part.type === 'media' && camelMembers(wire)['thought'] !== true) this.#readMedia(part, events);
  }

  #write(type: OpenText['type'], text: string, events: Events): void {
    if (text === '') return;
    const { block } = this.#textBlock(type, events);
    if (type === 'reasoning') {
      events.push({ type: 'reasoning-delta', block, text });
      return;
    }
    const logprobs = this.#logprobs;
    this.#logprobs = undefined;
    if (this.#text.length < MAX_KEPT_TEXT) this.#text += text;
    events.push({ type: 'text-delta', block, text, ...(logprobs === undefined ? {} : { logprobs }) });
  }

  #textBlock(type: OpenText['type'], events: Events): OpenText {
    if (this.#open !== undefined && this.#open.type !== type) this.#close(events, {});
    this.#open ??= this.#openText(type, events);
    return this.#open;
  }

  #openText(type: OpenText['type'], events: Events): OpenText {
    const block = this.#nextBlock();
    events.push({ type: `${type}-start`, block, choice: this.#choice });
    return { type, block, offset: this.#text.length };
  }

  #close(events: Events, seal: Pick<ReasoningPart, 'signature'>): void {
    const open = this.#open;
    this.#open = undefined;
    if (open?.type === 'text') events.push({ type: 'text-end', block: open.block });
    if (open?.type === 'reasoning') events.push({ type: 'reasoning-end', block: open.block, ...seal });
  }

  /** A seal ends its thought. */
  #readThought({ text, signature }: ReasoningPart, events: Events): void {
    this.#write('reasoning', text, events);
    if (signature === undefined) return;
    this.#textBlock('reasoning', events);
    this.#close(events, { signature });
  }

  #readCall({ id, name, arguments: words, signature }: ToolCallPart, events: Events): void {
    this.#calls += 1;
    if (this.#calls > MAX_TOOL_CALLS) {
      throw new RouterError('upstream.bad_response', { detail: `more than ${MAX_TOOL_CALLS} tool calls` });
    }
    this.#close(events, {});
    const block = this.#nextBlock();
    const seal = signature === undefined ? {} : { signature };
    events.push(
      { type: 'tool-call-start', block, choice: this.#choice, id, name, ...seal },
      { type: 'tool-call-delta', block, arguments: words },
      { type: 'tool-call-end', block },
    );
  }

  #readMedia({ modality, source }: Extract<ContentPart, { readonly type: 'media' }>, events: Events): void {
    this.#close(events, {});
    events.push({ type: 'media', block: this.#nextBlock(), choice: this.#choice, modality, source });
  }

  /** Sources come with the last piece and may lie before the block that is open then: those have no range. */
  #cite(members: WireCandidate['members'], events: Events): void {
    if (this.#open?.type !== 'text') return;
    const { block, offset } = this.#open;
    for (const { start, end, ...source } of decodeCitations(members, this.#text)) {
      const hasRange = start !== undefined && end !== undefined && start >= offset;
      const range = hasRange ? { start: start - offset, end: end - offset } : {};
      events.push({ type: 'citation', block, citation: { ...source, ...range } });
    }
  }
}

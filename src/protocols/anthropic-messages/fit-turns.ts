import { asString, type JsonObject } from '../../lib/json.ts';
import type { RequestDraft } from '../encode-fields.ts';
import { encodeReasoning } from './encode-reasoning.ts';
import { traitsOf } from './model-traits.ts';
import { isThought } from './unsealed-tool-loop.ts';

/** Messages in a row of one role are one turn. */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: JsonObject[];
}

/** Adds content to the last turn, or as a turn of its own where another one is speaking. Nothing makes no turn. */
export function addToTurns(turns: Turn[], role: Turn['role'], content: readonly JsonObject[]): void {
  const last = turns.at(-1);
  if (last?.role === role) last.content.push(...content);
  else if (content.length > 0) turns.push({ role, content: [...content] });
}

/** The turns in the order and with the ends that the vendor insists on: https://platform.claude.com/docs/en/api/errors */
export function fitTurns(turns: readonly Turn[], draft: RequestDraft): Turn[] {
  const sound: Turn[] = [];
  for (const { role, content } of turns) {
    addToTurns(sound, role, role === 'assistant' ? soundThoughts(content, draft) : content);
  }
  const ordered = sound.map(({ role, content }) => ({ role, content: resultsFirst(content) }));
  return fitEnd(fitStart(ordered, draft), draft);
}

/** Results of tools stand before everything else in the turn after the calls. */
function resultsFirst(content: readonly JsonObject[]): JsonObject[] {
  const isResult = ({ type }: JsonObject): boolean => type === 'tool_result';
  return [...content.filter(isResult), ...content.filter((block) => !isResult(block))];
}

/** A turn begins with its thoughts, if it has any, and never ends with one. */
function soundThoughts(content: readonly JsonObject[], { ledger }: RequestDraft): JsonObject[] {
  const [first] = content;
  if (first === undefined || !content.some(isThought)) return [...content];
  const sound = isThought(first)
    ? content.slice(0, content.findLastIndex((block) => !isThought(block)) + 1)
    : content.filter((block) => !isThought(block));
  if (sound.length < content.length) ledger.dropped('messages.reasoning', 'minor', 'a thought at a place of its own');
  return [...sound];
}

/** Says nothing, and is no blank. */
const FILLER = '.';

function fitStart(turns: readonly Turn[], { ledger }: RequestDraft): Turn[] {
  if (turns[0]?.role !== 'assistant') return [...turns];
  ledger.approximated('messages', 'minor', 'a user message before the first of the assistant');
  return [{ role: 'user', content: [{ type: 'text', text: FILLER }] }, ...turns];
}

const GO_ON = 'Continue.';

/** Where the model does not go on with words put into its mouth, it is asked to. */
function fitEnd(turns: readonly Turn[], { request, options, ledger }: RequestDraft): Turn[] {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return [...turns];
  const { hasPrefill, isClaude } = traitsOf(options.model);
  const body = { messages: turns.map((turn) => ({ ...turn })) };
  const mayEnd = hasPrefill && !(isClaude && encodeReasoning({ request, options, body }).isOn);
  if (mayEnd) return [...turns.slice(0, -1), { ...last, content: trimmedEnd(last.content) }];
  ledger.approximated('messages', 'minor', 'a user message after the last of the assistant');
  return [...turns, { role: 'user', content: [{ type: 'text', text: GO_ON }] }];
}

/** Blanks at the end of what the model is to go on with are refused. */
function trimmedEnd(content: readonly JsonObject[]): JsonObject[] {
  return content.map((block, index) => {
    const text = asString(block['text']);
    const isLast = index === content.length - 1 && block['type'] === 'text';
    return isLast && text !== undefined ? { ...block, text: text.trimEnd() } : block;
  });
}

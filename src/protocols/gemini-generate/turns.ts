import type { ContentPart, Message, TextPart, ToolCallPart, ToolResultPart } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { asObject, type JsonObject } from '../../lib/json.ts';
import { extrasOf } from '../encode-extras.ts';

/** A part with what the vendor's own client said beside it. */
export interface TurnPart {
  readonly part: Exclude<ContentPart, ToolResultPart>;
  readonly verbatim: JsonObject;
}

export interface TurnResult {
  readonly result: ToolResultPart;
  readonly verbatim: JsonObject;
}

/** Consecutive messages of one side. Results come before everything else in the turn that follows the calls. */
export interface Turn {
  readonly role: 'user' | 'model';
  readonly results: TurnResult[];
  readonly parts: TurnPart[];
}

export interface Conversation {
  readonly system: readonly TurnPart[];
  readonly turns: readonly Turn[];
}

/** Arranges messages as the vendor wants them: two sides that take turns, and system messages apart. */
export function arrange(messages: readonly Message[], ledger: LossLedger): Conversation {
  const isSystem = ({ role }: Message): boolean => role === 'system';
  const firstOther = messages.findIndex((message) => !isSystem(message));
  // A conversation needs words of the user.
  const end = firstOther === -1 ? 0 : firstOther;
  const later = messages.slice(end);
  if (later.some(isSystem)) ledger.approximated('messages.system', 'minor', 'later ones as words of the user');
  const turns: Turn[] = [];
  for (const message of later) addMessage(message, turns, ledger);
  const system = messages.slice(0, end).flatMap((message) => partsOf(message, ledger).filter(isNoResult));
  return { system, turns };
}

type AnyPart = TurnPart | TurnResult;

const isNoResult = (part: AnyPart): part is TurnPart => 'part' in part;

function addMessage(message: Message, turns: Turn[], ledger: LossLedger): void {
  const role = message.role === 'assistant' ? 'model' : 'user';
  for (const entry of partsOf(message, ledger)) {
    if (isNoResult(entry)) turnOf(role, turns).parts.push(entry);
    // What a model's own message says of results belongs to the other side.
    else turnOf('user', turns).results.push(entry);
  }
}

function turnOf(role: Turn['role'], turns: Turn[]): Turn {
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, results: [], parts: [] };
  turns.push(turn);
  return turn;
}

function partsOf(message: Message, ledger: LossLedger): AnyPart[] {
  if (message.name !== undefined) ledger.dropped('messages.name', 'minor');
  const verbatim = asObject(extrasOf(message, 'gemini-generate', ledger)['parts']);
  return message.content.map((part, index) => {
    const beside = asObject(verbatim[String(index)]);
    return part.type === 'tool-result' ? { result: part, verbatim: beside } : { part, verbatim: beside };
  });
}

export interface AnsweredCall {
  readonly call: ToolCallPart;
  readonly answer: TurnResult | undefined;
}

/**
 * The results of a turn beside the calls of the turn before, in the order of the calls, and those that answer none. A
 * result belongs to the call of its id or, without one, to the first of its name.
 */
export function matchResults(
  calls: readonly ToolCallPart[],
  results: readonly TurnResult[],
): { answered: AnsweredCall[]; stray: TurnResult[] } {
  const stray = [...results];
  const take = (isMine: (result: ToolResultPart) => boolean): TurnResult | undefined => {
    const at = stray.findIndex(({ result }) => isMine(result));
    return at === -1 ? undefined : stray.splice(at, 1)[0];
  };
  const answered = calls.map((call) => {
    const answer =
      take(({ callId }) => callId === call.id) ?? take(({ callId, name }) => callId === '' && name === call.name);
    return { call, answer };
  });
  return { answered, stray };
}

/** What a result without its call says. */
export function strayWords({ result }: TurnResult): TextPart {
  const words = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return { type: 'text', text: `Result of ${result.name ?? 'a tool'}: ${words.join('\n')}` };
}

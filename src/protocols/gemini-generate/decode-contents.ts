import type { ContentPart, Message } from '../../canonical/content.ts';
import { asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { type CallIds, type DecodedPart, decodePart } from './decode-part.ts';
import { asList, camelMembers } from './members.ts';

/** Decodes `contents` that have passed `readHead`. */
export function decodeContents(contents: JsonValue | undefined): Message[] {
  const ids = new ConversationIds();
  return joinAnswers(asList(contents).map(camelMembers)).map((content) => decodeContent(content, ids));
}

export function decodeSystemInstruction(instruction: JsonValue | undefined): Message[] {
  if (instruction === undefined) return [];
  const { parts } = camelMembers(instruction);
  return [decodeMessage('system', typeof instruction === 'string' ? { text: instruction } : parts, {}, NO_IDS)];
}

/** Clients keep a streamed answer in as many contents as it had pieces. */
function joinAnswers(contents: readonly JsonObject[]): JsonObject[] {
  const joined: JsonObject[] = [];
  for (const content of contents) {
    const last = joined.at(-1);
    if (last?.['role'] !== 'model' || content['role'] !== 'model') joined.push(content);
    else
      joined[joined.length - 1] = {
        ...last,
        ...content,
        parts: [...asList(last['parts']), ...asList(content['parts'])],
      };
  }
  return joined;
}

function decodeContent(content: JsonObject, ids: CallIds): Message {
  const { role, parts, ...rest } = content;
  return decodeMessage(role === 'model' ? 'assistant' : 'user', parts, rest, ids);
}

/**
 * What the parts say beside their canonical twins is kept by the number of the part, as `parts`, where `encodeContents`
 * finds it.
 */
function decodeMessage(role: Message['role'], parts: JsonValue | undefined, rest: JsonObject, ids: CallIds): Message {
  const whole = asList(parts).map((part) => decodePart(part, ids));
  const decoded = role === 'assistant' ? joinPieces(whole) : whole;
  const kept = decoded.flatMap(({ rest: members }, index) => {
    return Object.keys(members).length === 0 ? [] : [[String(index), members] as const];
  });
  const extras = { ...rest, ...(kept.length === 0 ? {} : { parts: Object.fromEntries(kept) }) };
  const content = decoded.map(({ part }) => part);
  return {
    role: role === 'user' && isOnlyResults(content) ? 'tool' : role,
    content,
    ...(Object.keys(extras).length === 0 ? {} : { extras: { 'gemini-generate': extras } }),
  };
}

/** The pieces of a text as one, and those of a thought, whose seal comes with the last one. */
function joinPieces(pieces: readonly DecodedPart[]): DecodedPart[] {
  const joined: DecodedPart[] = [];
  for (const piece of pieces) {
    if (isEmptyText(piece)) continue;
    const whole = joinedPart(joined.at(-1), piece);
    if (whole === undefined) joined.push(piece);
    else joined[joined.length - 1] = { part: whole, rest: {} };
  }
  return joined;
}

/** Ends most streams, and other providers refuse it. */
function isEmptyText({ part, rest }: DecodedPart): boolean {
  return part.type === 'text' && part.text === '' && Object.keys(rest).length === 0;
}

function joinedPart(before: DecodedPart | undefined, after: DecodedPart): ContentPart | undefined {
  const isPlain = before !== undefined && [before, after].every(({ rest }) => Object.keys(rest).length === 0);
  if (!isPlain) return undefined;
  const { part: one } = before;
  const { part: other } = after;
  if (one.type === 'text' && other.type === 'text') return { type: 'text', text: one.text + other.text };
  if (one.type !== 'reasoning' || other.type !== 'reasoning') return undefined;
  const isSealed = one.signature !== undefined || one.redacted !== undefined || other.redacted !== undefined;
  return isSealed ? undefined : { ...other, text: one.text + other.text };
}

function isOnlyResults(content: readonly ContentPart[]): boolean {
  return content.length > 0 && content.every((part) => part.type === 'tool-result');
}

interface OpenCall {
  readonly id: string;
  readonly name: string;
}

/**
 * Most calls of this format have no id: they get one that is the same whenever the conversation is sent again, so that
 * providers find it in their caches. A result belongs to the call of its id, or else to the first one of its name that
 * has no result yet.
 */
class ConversationIds implements CallIds {
  readonly #open: OpenCall[] = [];
  #count = 0;

  readonly ofCall = (wireId: string | undefined, name: string): string => {
    const id = wireId ?? this.#invent();
    this.#open.push({ id, name });
    return id;
  };

  readonly ofResult = (wireId: string | undefined, name: string): string => {
    const known = this.#open.findIndex((call) => call.id === wireId);
    const at = known === -1 ? this.#open.findIndex((call) => call.name === name) : known;
    const [call] = at === -1 ? [] : this.#open.splice(at, 1);
    return call?.id ?? wireId ?? this.#invent();
  };

  #invent(): string {
    this.#count += 1;
    return `call_${String(this.#count).padStart(4, '0')}`;
  }
}

const NO_IDS: CallIds = { ofCall: (id) => asString(id) ?? '', ofResult: (id) => asString(id) ?? '' };

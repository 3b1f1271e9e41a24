import type { ChatRequest } from '../../canonical/chat.ts';
import { asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { encodeExtras as encodeOtherExtras } from '../encode-extras.ts';
import type { RequestDraft } from '../encode-fields.ts';
import { OWN_OPTIONS } from './options.ts';

type Extras = NonNullable<ChatRequest['extras']>;

/** Members that are Ollama's own at the top level of a request, whichever format they came in. */
const OWN_MEMBERS: ReadonlySet<string> = new Set(['keep_alive', 'truncate', 'shift']);

/** What vLLM and OpenRouter call an option of Ollama. */
const OTHER_NAMES: Readonly<Record<string, string>> = { repetition_penalty: 'repeat_penalty' };

/**
 * Members that came in Ollama's words go back as they were. Clients of OpenAI's format say Ollama's options at the top
 * level; they go where Ollama looks for them.
 */
export function encodeExtras(extras: Extras, draft: RequestDraft): void {
  const { options, members, rest } = sortMembers(extras['openai-chat'] ?? {});
  encodeOtherExtras('ollama-chat')({ ...extras, 'openai-chat': rest }, draft);
  noteLostOptions(extras, draft);
  Object.assign(draft.body, { ...members, ...draft.body });
  const said = { ...options, ...asObject(draft.body['options']) };
  if (Object.keys(said).length > 0) draft.body['options'] = said;
}

/** Without these a completion is another question. */
function noteLostOptions(extras: Extras, { ledger }: RequestDraft): void {
  for (const name of Object.keys(extras['ollama-generate'] ?? {})) ledger.dropped(name, 'meaning');
}

interface Sorted {
  readonly options: JsonObject;
  readonly members: JsonObject;
  readonly rest: JsonObject;
}

/** Members in any format's words by the place that Ollama has for them. */
export function sortMembers(all: JsonObject): Sorted {
  const options: Record<string, JsonValue> = {};
  const members: Record<string, JsonValue> = {};
  const rest: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(all)) {
    if (value === undefined) continue;
    const option = OTHER_NAMES[name] ?? name;
    if (OWN_OPTIONS.has(option)) options[option] = value;
    else if (OWN_MEMBERS.has(name)) members[name] = value;
    else rest[name] = value;
  }
  return { options, members, rest };
}

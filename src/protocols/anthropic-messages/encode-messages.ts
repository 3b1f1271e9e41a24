import type { ContentPart, Message } from '../../canonical/content.ts';
import type { JsonObject } from '../../lib/json.ts';
import { extrasOf } from '../encode-extras.ts';
import type { RequestDraft } from '../encode-fields.ts';
import { type BlockScope, encodeBlocks, shortForm } from './encode-blocks.ts';
import { declareCalledTools } from './encode-tools.ts';
import { addToTurns, fitTurns, type Turn } from './fit-turns.ts';
import { traitsOf } from './model-traits.ts';
import { OWN_FORMAT } from './wire.ts';

const ROLE: Readonly<Record<Message['role'], Turn['role']>> = {
  system: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'user',
};

/** System messages at the start become `system`; the others become turns. */
export function encodeMessages(messages: readonly Message[], draft: RequestDraft): void {
  const { body, ledger } = draft;
  const firstTurn = messages.findIndex((message) => message.role !== 'system');
  const end = firstTurn === -1 ? messages.length : firstTurn;
  const system = messages.slice(0, end).flatMap((message) => encodeContent(message, draft));
  const turns = fitTurns(placeSystemTurns(toTurns(messages.slice(end), draft), draft), draft);
  if (turns.length === 0 && system.length > 0) {
    ledger.approximated('messages.system', 'minor', 'sent as the first user message');
    body['messages'] = [{ role: 'user', content: shortForm(system) }];
    return;
  }
  if (system.length > 0) body['system'] = shortForm(system);
  body['messages'] = turns.map(({ role, content }) => ({ role, content: shortForm(content) }));
  declareCalledTools(draft);
}

function toTurns(messages: readonly Message[], draft: RequestDraft): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) addToTurns(turns, ROLE[message.role], encodeContent(message, draft));
  return turns;
}

function encodeContent(message: Message, { ledger, options }: RequestDraft): JsonObject[] {
  const { role, name, content } = message;
  if (name !== undefined) ledger.dropped('messages.name', 'minor');
  const own = extrasOf(message, OWN_FORMAT, ledger);
  for (const member of Object.keys(own)) ledger.dropped(`messages.${member}`, 'minor', 'belongs to one block');
  const scope: BlockScope = { role, origin: options.origin, ledger };
  return encodeBlocks(role === 'system' ? content.map((part) => onlyText(part, scope)) : content, scope);
}

/** A picture in a system message is noted as lost by the encoder; a call or a result there makes no sense. */
function onlyText(part: ContentPart, { ledger }: BlockScope): ContentPart {
  if (part.type !== 'tool-call' && part.type !== 'tool-result') return part;
  ledger.dropped(`messages.system.${part.type}`, 'meaning');
  return { type: 'text', text: '' };
}

/**
 * A later system message has to stand right after a user turn, before an assistant turn or at the end, and needs a
 * newer model; elsewhere its words are the user's, in the marks that the models are trained on.
 * https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
 */
function placeSystemTurns(turns: readonly Turn[], { ledger, options }: RequestDraft): Turn[] {
  const { hasSystemTurns } = traitsOf(options.model);
  const placed: Turn[] = [];
  for (const [index, { role, content }] of turns.entries()) {
    const isAllowed = hasSystemTurns && placed.at(-1)?.role === 'user' && turns[index + 1]?.role !== 'user';
    if (role !== 'system' || isAllowed) {
      addToTurns(placed, role, content);
      continue;
    }
    ledger.approximated('messages.system', 'minor', 'a later system message sent as the user');
    addToTurns(placed, 'user', content.map(asReminder));
  }
  return placed;
}

function asReminder(block: JsonObject): JsonObject {
  return { ...block, text: `<system-reminder>\n${String(block['text'] ?? '')}\n</system-reminder>` };
}

import type { JsonObject } from '../../lib/json.ts';
import type { TokenCounter } from '../protocol.ts';
import { badAnswer } from '../read-answer.ts';

/** What the counting endpoint takes of a chat request; it refuses everything else. */
const COUNTED_MEMBERS = [
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'cache_control',
  'context_management',
  'compaction',
  'mcp_servers',
  'speed',
] as const;

/** https://platform.claude.com/docs/en/api/messages/count_tokens */
export const tokenCounter: TokenCounter = {
  encodeRequest(chatBody, model) {
    const members = COUNTED_MEMBERS.map((name) => [name, chatBody[name]] as const);
    return { model, ...Object.fromEntries(members.filter(([, value]) => value !== undefined)) };
  },
  decodeResponse(body: JsonObject) {
    const count = body['input_tokens'];
    if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
    throw badAnswer('a token count without input_tokens');
  },
};

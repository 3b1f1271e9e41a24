import type { ChatRequest } from '../../canonical/chat.ts';
import type { JsonObject } from '../../lib/json.ts';
import { ROUTER_MEMBERS } from '../router-members.ts';
import { type ConfigFields, decodeGenerationConfig } from './decode-config.ts';
import { decodeContents, decodeSystemInstruction } from './decode-contents.ts';
import { allowedTools, decodeToolConfig, decodeTools } from './decode-tools.ts';
import { camelMembers } from './members.ts';

/**
 * https://ai.google.dev/api/generate-content#request-body. Whether to stream stands in the path, so `stream` is false
 * here. What has no canonical word is kept under the member's name, parts of a member under dotted names.
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  const own = Object.entries(body).filter(([name]) => !ROUTER_MEMBERS.has(name));
  const members = camelMembers(Object.fromEntries(own));
  const { contents, systemInstruction, tools, toolConfig, generationConfig, ...rest } = members;
  const choice = decodeToolConfig(toolConfig);
  const decoded = [decodeGenerationConfig(generationConfig), decodeTools(tools), choice];
  const extras: JsonObject = Object.assign(rest, ...decoded.map((config) => config.extras));
  const fields: ConfigFields = Object.assign({}, ...decoded.map((config) => config.fields));
  const { allowed } = choice;
  return {
    ...fields,
    ...(fields.tools === undefined || allowed === undefined ? {} : { tools: allowedTools(fields.tools, allowed) }),
    messages: [...decodeSystemInstruction(systemInstruction), ...decodeContents(contents)],
    stream: false,
    ...(Object.keys(extras).length === 0 ? {} : { extras: { 'gemini-generate': extras } }),
  };
}

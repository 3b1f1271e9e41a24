import type { ChatRequest, ResponseFormat, ToolChoice } from '../../canonical/chat.ts';
import type { ToolSpec } from '../../canonical/content.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { PLAIN_PARAMETERS } from '../openai-parameters.ts';
import type { EncodeOptions } from '../protocol.ts';
import { encodeMessage } from './encode-message.ts';

/** What came in OpenAI's words goes out as it came: `extras` holds it verbatim and stands over its canonical twin. */
export function encodeRequest(request: ChatRequest, options: EncodeOptions): JsonObject {
  const { messages, stream } = request;
  return {
    ...encodePlain(request),
    ...encodeStructured(request),
    ...request.extras?.['openai-chat'],
    model: options.model,
    messages: messages.flatMap(encodeMessage),
    ...(stream ? { stream } : {}),
  };
}

function encodePlain(request: ChatRequest): JsonObject {
  // The newer name of the limit, where the client used it, must not be joined by the older one.
  const hasNewLimit = typeof request.extras?.['openai-chat']?.['max_completion_tokens'] === 'number';
  const members: [string, JsonValue][] = [];
  for (const { wireName, field } of PLAIN_PARAMETERS) {
    const value = request[field];
    if (value === undefined || (field === 'maxOutputTokens' && hasNewLimit)) continue;
    members.push([wireName, value]);
  }
  return Object.fromEntries(members);
}

function encodeStructured({ stop, tools, toolChoice, responseFormat }: ChatRequest): JsonObject {
  return {
    ...(stop === undefined ? {} : { stop }),
    ...(tools === undefined ? {} : { tools: tools.flatMap(encodeTool) }),
    ...(toolChoice === undefined ? {} : { tool_choice: encodeToolChoice(toolChoice) }),
    ...(responseFormat === undefined ? {} : { response_format: encodeResponseFormat(responseFormat) }),
  };
}

function encodeTool(tool: ToolSpec): JsonObject[] {
  if (tool.kind === 'foreign') return tool.protocol === 'openai-chat' ? [tool.value] : [];
  const { kind: _, ...callee } = tool;
  return [{ type: 'function', function: callee }];
}

function encodeToolChoice(choice: ToolChoice): JsonValue {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}

function encodeResponseFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'json') return { type: 'json_object' };
  const { type: _, ...schema } = format;
  return { type: 'json_schema', json_schema: schema };
}

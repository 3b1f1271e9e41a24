import type { ChatRequest } from './chat.ts';
import type { ContentPart, ToolSpec } from './content.ts';

/** UTF-8 bytes in a token: about four letters of English, one to two characters of Chinese. */
const BYTES_PER_TOKEN = 3.5;

/** What turns, roles and the like add. */
const TOKENS_PER_MESSAGE = 4;

/** What a picture, a page or a short sound costs at most vendors, roughly. */
const TOKENS_PER_MEDIA = 1600;

/**
 * Tokens of a prompt for callers who want to know before they ask: rather too many than too few, because who asks
 * wants to stay below a limit.
 */
export function estimatePrompt(request: ChatRequest): number {
  const words = request.messages.reduce((sum, { content }) => sum + TOKENS_PER_MESSAGE + sizeOf(content), 0);
  const tools = (request.tools ?? []).reduce((sum, tool) => sum + tokensOf(textOfTool(tool)), 0);
  return Math.ceil(words + tools);
}

function sizeOf(content: readonly ContentPart[]): number {
  return content.reduce((sum, part) => sum + tokensOfPart(part), 0);
}

function tokensOfPart(part: ContentPart): number {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return tokensOf(part.text);
    case 'tool-call':
      return tokensOf(part.name) + tokensOf(part.arguments);
    case 'tool-result':
      return sizeOf(part.content);
    case 'media':
      return TOKENS_PER_MEDIA;
    case 'foreign':
      return tokensOf(JSON.stringify(part.value));
    default:
      return part satisfies never;
  }
}

function textOfTool(tool: ToolSpec): string {
  if (tool.kind === 'foreign') return JSON.stringify(tool.value);
  const rest = tool.kind === 'function' ? tool.parameters : tool.format;
  return `${tool.name}${tool.description ?? ''}${JSON.stringify(rest ?? {})}`;
}

function tokensOf(text: string): number {
  return Buffer.byteLength(text) / BYTES_PER_TOKEN;
}

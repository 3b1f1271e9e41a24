import { startAnthropicVendor } from './anthropic-messages.ts';
import { startCohereVendor } from './cohere.ts';
import { startGeminiVendor } from './gemini-generate.ts';
import { startOllamaVendor } from './ollama.ts';
import { startOpenAiChatVendor } from './openai-chat.ts';
import { startOpenAiResponsesVendor } from './openai-responses.ts';
import { VENDOR_KEY, type Vendor, type VendorOptions } from './vendor-server.ts';

export type VendorId = 'openai-chat' | 'openai-responses' | 'anthropic' | 'gemini' | 'cohere' | 'ollama';

export interface VendorEntry {
  readonly start: (options: VendorOptions) => Promise<Vendor>;
  /** A model of this vendor that takes tools and, where there is such a thing, tells its reasoning. */
  readonly model: string;
  /** Lines of a `[[providers]]` entry for the router, all but its name. `url` is that of the started vendor. */
  routerProvider(url: string): string;
}

/** `type`, address and key of a provider entry, and whatever `more` lines it needs. */
const provider =
  (type: string, versionPath: string, ...more: readonly string[]) =>
  (url: string): string =>
    [`type = "${type}"`, `base_url = "${url}${versionPath}"`, `api_key = "${VENDOR_KEY}"`, ...more].join('\n');

export const VENDORS: Readonly<Record<VendorId, VendorEntry>> = {
  'openai-chat': { start: startOpenAiChatVendor, model: 'gpt-5.2', routerProvider: provider('openai', '/v1') },
  'openai-responses': {
    start: startOpenAiResponsesVendor,
    model: 'gpt-5.2',
    routerProvider: provider('openai', '/v1', 'protocols = ["openai-responses"]'),
  },
  anthropic: { start: startAnthropicVendor, model: 'claude-haiku-4-5', routerProvider: provider('claude', '/v1') },
  gemini: { start: startGeminiVendor, model: 'gemini-3-flash-preview', routerProvider: provider('gemini', '/v1beta') },
  cohere: { start: startCohereVendor, model: 'command-a-reasoning-08-2025', routerProvider: provider('cohere', '/v2') },
  ollama: { start: startOllamaVendor, model: 'qwen3:8b', routerProvider: provider('ollama', '') },
};

import { defineProvider } from './spec.ts';
import { openTransformersTransport } from './transformers-transport.ts';

/** Models in folders of this machine, run in threads of this process: no key, no network, nothing is downloaded. */
export const transformers = defineProvider({
  type: 'transformers',
  title: 'Hugging Face Transformers',
  // Never called; a host of this top-level domain could not be.
  baseUrl: 'https://transformers.invalid/v1',
  versionPath: '/v1',
  apiKeyEnv: [],
  isKeyOptional: true,
  auth: { kind: 'none' },
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
  openTransport: (surroundings) => openTransformersTransport(surroundings),
});

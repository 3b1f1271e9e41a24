import { defineProvider } from './spec.ts';

export const transformers = defineProvider({
  type: 'transformers',
  title: 'Hugging Face Transformers',
  unsupported:
    'this version does not run models in its own process; start `transformers serve` and set ' +
    'type = "openai-compatible" with its base_url',
  baseUrl: undefined,
  versionPath: '',
  apiKeyEnv: [],
  isKeyOptional: true,
  auth: { kind: 'none' },
  chat: {},
  streamUsage: 'always',
});

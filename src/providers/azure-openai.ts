import { defineProvider } from './spec.ts';

export const azureOpenai = defineProvider({
  type: 'azure_openai',
  title: 'Azure OpenAI',
  baseUrl: undefined,
  versionPath: '',
  apiKeyEnv: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'],
  isKeyOptional: false,
  auth: { kind: 'header', header: 'api-key', prefix: '' },
  chat: {
    'openai-chat':
      '/openai/deployments/{settings.deployment_id|model}/chat/completions?api-version={settings.api_version|2024-02-15-preview}',
  },
  streamUsage: 'stream_options',
  hostEnv: 'AZURE_OPENAI_ENDPOINT',
});

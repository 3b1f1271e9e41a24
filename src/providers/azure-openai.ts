import { defineProvider } from './spec.ts';

const DEPLOYMENT = '/openai/deployments/{settings.deployment_id|model}';
const VERSION = 'api-version={settings.api_version|2024-02-15-preview}';

export const azureOpenai = defineProvider({
  type: 'azure_openai',
  title: 'Azure OpenAI',
  baseUrl: undefined,
  versionPath: '',
  apiKeyEnv: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'],
  isKeyOptional: false,
  auth: { kind: 'header', header: 'api-key', prefix: '' },
  chat: {
    'openai-chat': `${DEPLOYMENT}/chat/completions?${VERSION}`,
  },
  services: {
    'openai-embeddings': `${DEPLOYMENT}/embeddings?${VERSION}`,
    'image-generations': `${DEPLOYMENT}/images/generations?${VERSION}`,
    'image-edits': `${DEPLOYMENT}/images/edits?${VERSION}`,
    speech: `${DEPLOYMENT}/audio/speech?${VERSION}`,
    transcriptions: `${DEPLOYMENT}/audio/transcriptions?${VERSION}`,
    translations: `${DEPLOYMENT}/audio/translations?${VERSION}`,
    completions: `${DEPLOYMENT}/completions?${VERSION}`,
  },
  reasoningModels: {
    limitMember: 'max_completion_tokens',
    refuses: ['temperature', 'top_p', 'top_k', 'frequency_penalty', 'presence_penalty', 'logprobs', 'stop'],
  },
  refusesThoughts: true,
  streamUsage: 'stream_options',
  hostEnv: 'AZURE_OPENAI_ENDPOINT',
});

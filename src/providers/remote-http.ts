import { BEARER, defineProvider } from './spec.ts';

/** Servers that speak the earlier router's own `{model, prompt, messages, parameters}` format. */
export const remoteHttp = defineProvider({
  type: 'remote_http',
  title: 'Remote HTTP server',
  unsupported:
    'this version does not speak the remote_http format; for an OpenAI-compatible server set type = "openai-compatible"',
  baseUrl: undefined,
  versionPath: '',
  apiKeyEnv: [],
  isKeyOptional: true,
  auth: BEARER,
  chat: {},
  streamUsage: 'always',
});

export const customHttp = defineProvider({
  ...remoteHttp,
  type: 'custom_http',
  title: 'Custom HTTP server',
  unsupported:
    'this version does not speak the custom_http format; for an OpenAI-compatible server set type = "openai-compatible"',
});

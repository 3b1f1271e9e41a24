import { BEARER, defineProvider } from './spec.ts';

/** Servers that speak the earlier router's own `{model, prompt, messages, parameters}` format. */
export const remoteHttp = defineProvider({
  type: 'remote_http',
  title: 'Remote HTTP server',
  baseUrl: undefined,
  versionPath: '',
  apiKeyEnv: [],
  isKeyOptional: true,
  auth: BEARER,
  chat: { 'remote-http': '/invoke' },
  streamUsage: 'always',
});

export const customHttp = defineProvider({ ...remoteHttp, type: 'custom_http', title: 'Custom HTTP server' });

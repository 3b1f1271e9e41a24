import { mockScriptProblem } from './mock-script.ts';
import { openMockTransport } from './mock-transport.ts';
import { defineProvider } from './spec.ts';

/** Answers from a script inside this process: no key, no network. The upstream model name chooses the script. */
export const mock = defineProvider({
  type: 'mock',
  title: 'Built-in mock',
  // Never called; a host of this top-level domain could not be.
  baseUrl: 'https://mock.invalid/v1',
  versionPath: '/v1',
  apiKeyEnv: [],
  isKeyOptional: true,
  auth: { kind: 'none' },
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
  isStandIn: true,
  scriptProblem: mockScriptProblem,
  openTransport: () => openMockTransport(),
});

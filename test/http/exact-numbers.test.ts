import type { ServerResponse } from 'node:http';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { wrapSeal } from '../../src/protocols/seal.ts';
import { FakeProvider } from '../support/fake-provider.ts';
import { startRouter } from '../support/start-router.ts';

const vendor = await FakeProvider.start();
const provider = (type: string): string => `
[[providers]]
name = "${type}"
type = "${type}"
base_url = "${vendor.url}"
api_key = "k"

[[models]]
name = "large"
provider = "${type}"
`;
const TYPES = ['openai', 'claude', 'gemini', 'ollama'] as const;
const router = await startRouter(TYPES.map(provider).join(''));

afterAll(async () => {
  await router.stop();
  await vendor.stop();
});

/** Arguments of a call, as short as JSON can be. */
const ARGUMENTS = '{"id":12345678901234567890,"ratio":0.1234567890123456789,"far":[1e400,-1e-400],"text":"\\"1e400,"}';
const AS_TEXT = JSON.stringify(ARGUMENTS);

/** Answers with one call, in each provider's words, which no printer of doubles has touched. */
const ANSWERS: Readonly<Record<(typeof TYPES)[number], string>> = {
  openai: `{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":${AS_TEXT}}}]},"finish_reason":"tool_calls"}]}`,
  claude: `{"type":"message","content":[{"type":"tool_use","id":"toolu_1","name":"look","input":${ARGUMENTS}}],"stop_reason":"tool_use"}`,
  gemini: `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"look","args":${ARGUMENTS}}}]},"finishReason":"STOP"}]}`,
  ollama: `{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"look","arguments":${ARGUMENTS}}}]},"done":true,"done_reason":"stop"}`,
};

interface Client {
  path(type: string): string;
  body(type: string, stream: boolean): string;
}

const OPENAI_TOOLS = '[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}]';
const GEMINI_TOOLS = '[{"functionDeclarations":[{"name":"look","parameters":{"type":"OBJECT"}}]}]';

/** Clients whose conversation holds the same call. */
const CLIENTS: Readonly<Record<string, Client>> = {
  openai: {
    path: () => '/v1/chat/completions',
    body: (type, stream) =>
      `{"model":"${type}/large","stream":${stream},"tools":${OPENAI_TOOLS},"messages":[{"role":"user","content":"Go."},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":${AS_TEXT}}}]},{"role":"tool","tool_call_id":"call_1","content":"seen"}]}`,
  },
  anthropic: {
    path: () => '/v1/messages',
    body: (type, stream) =>
      `{"model":"${type}/large","stream":${stream},"max_tokens":9,"tools":[{"name":"look","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"Go."},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"look","input":${ARGUMENTS}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"seen"}]}]}`,
  },
  gemini: {
    path: (type) => `/v1beta/models/${type}%2Flarge:generateContent`,
    body: () =>
      `{"tools":${GEMINI_TOOLS},"contents":[{"role":"user","parts":[{"text":"Go."}]},{"role":"model","parts":[{"functionCall":{"name":"look","args":${ARGUMENTS}}}]},{"role":"user","parts":[{"functionResponse":{"name":"look","response":{"output":"seen"}}}]}]}`,
  },
  ollama: {
    path: () => '/api/chat',
    body: (type, stream) =>
      `{"model":"${type}/large","stream":${stream},"tools":${OPENAI_TOOLS},"messages":[{"role":"user","content":"Go."},{"role":"assistant","content":"","tool_calls":[{"function":{"name":"look","arguments":${ARGUMENTS}}}]},{"role":"tool","tool_name":"look","content":"seen"}]}`,
  },
};

beforeEach(() => {
  vendor.respond = ({ path }, response) => answer(response, ANSWERS[typeAt(path)]);
});

function typeAt(path: string): (typeof TYPES)[number] {
  if (path.includes('enerateContent')) return 'gemini';
  if (path.endsWith('/messages')) return 'claude';
  return path.endsWith('/chat') ? 'ollama' : 'openai';
}

function answer(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(text);
}

async function post(path: string, body: string): Promise<string> {
  const response = await fetch(router.url + path, { method: 'POST', body });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return text;
}

/** The text holds the arguments to the last digit, as an object or as text. */
function expectArguments(text: string): void {
  expect(text.includes(ARGUMENTS) || text.includes(AS_TEXT), text).toBe(true);
}

describe.each(Object.entries(CLIENTS))('numbers that no double holds, for a client of %s', (_name, client) => {
  test.each(TYPES)('and a provider of type %s', async (type) => {
    const text = await post(client.path(type), client.body(type, false));
    expectArguments(vendor.last.text);
    expectArguments(text);
  });
});

describe.each(['anthropic', 'ollama'])('streamed to a client of %s', (name) => {
  test.each(TYPES)('from a provider of type %s that answers whole', async (type) => {
    const { path, body } = CLIENTS[name] as Client;
    const text = await post(path(type), body(type, true));
    expectArguments(vendor.last.text);
    const pieces = [...text.matchAll(/"partial_json":("(?:[^"\\]|\\.)*")/g)].map(([, piece]) =>
      JSON.parse(piece ?? ''),
    );
    expectArguments(pieces.length === 0 ? text : pieces.join(''));
  });
});

test('numbers survive where the seal of another provider is taken out of a body that goes through', async () => {
  const { path, body } = CLIENTS['anthropic'] as Client;
  const thought = { type: 'thinking', thinking: 'Hm.', signature: wrapSeal('gemini-generate:gemini', 'seal') };
  const turn = '{"role":"assistant","content":[';
  await post(path('claude'), body('claude', false).replace(turn, `${turn}${JSON.stringify(thought)},`));
  expect(vendor.last.text).not.toContain('thinking');
  expectArguments(vendor.last.text);
});

test.each(TYPES)('numbers survive in the items of a batch at a provider of type %s', async (type) => {
  const body = JSON.stringify({ batch: [{ prompt: 'Go.' }, { prompt: 'Go on.' }] });
  const text = await post(`/models/${type}/large/invoke`, body);
  expectArguments(text);
});

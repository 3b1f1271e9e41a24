import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/lib/json.ts';
import { upstreamProtocols } from '../../../src/protocols/registry.ts';
import { routerNativeDialect } from '../../../src/protocols/router-native/router-native.ts';
import { encodeOptions } from '../../support/facts.ts';

const { readHead, decodeRequest } = routerNativeDialect;

/** What an OpenAI-shaped provider is sent. */
const sent = (body: JsonObject): JsonObject => {
  readHead(body);
  return upstreamProtocols['openai-chat'].encodeRequest(decodeRequest(body), encodeOptions({ model: 'remote' })).body;
};

describe('prompt and messages', () => {
  const messages = [{ role: 'system', content: 'be kind' }];

  test('a prompt is a message of the user', () => {
    expect(sent({ prompt: 'hi' })).toEqual({ model: 'remote', messages: [{ role: 'user', content: 'hi' }] });
  });

  test('a prompt beside messages comes last', () => {
    expect(sent({ prompt: 'hi', messages })['messages']).toEqual([...messages, { role: 'user', content: 'hi' }]);
  });

  test('nothing to say is refused', () => {
    for (const body of [{}, { prompt: '' }, { prompt: null, messages: null }, { messages: [] }, { parameters: {} }]) {
      expect(() => readHead(body)).toThrow(expect.objectContaining({ code: 'request.invalid', param: 'messages' }));
    }
  });

  test('a prompt that is no text is refused', () => {
    expect(() => readHead({ prompt: 7 })).toThrow(expect.objectContaining({ param: 'prompt' }));
  });

  test('the prompt counts as text', () => {
    expect(readHead({ prompt: '1234', messages: [{ role: 'user', content: '56' }] }).needs.textLength).toBe(6);
  });
});

describe('parameters', () => {
  const prompt = 'hi';
  const message = { model: 'remote', messages: [{ role: 'user', content: 'hi' }] };

  test('go on in their own words, known or not', () => {
    const parameters = { temperature: 0.5, max_tokens: 7, stop: 'x', repetition_penalty: 1.1, logit_bias: { 1: 2 } };
    expect(sent({ prompt, parameters })).toEqual({ ...message, ...parameters });
    expect(decodeRequest({ prompt, parameters })).toMatchObject({ temperature: 0.5, maxOutputTokens: 7, stop: ['x'] });
  });

  test('may stand beside the messages, where those in their own object come first', () => {
    expect(sent({ prompt, temperature: 0.5, top_p: 0.1, parameters: { top_p: 0.2 } })).toEqual({
      ...message,
      temperature: 0.5,
      top_p: 0.2,
    });
  });

  test('that are null are left out', () => {
    expect(sent({ prompt, parameters: { temperature: null }, stop: null })).toEqual(message);
  });

  test('cannot change the model, the messages or the stream', () => {
    const parameters = { model: 'other', messages: [], stream: true, prompt: 'x', remote_identifier_override: 'other' };
    expect(sent({ prompt, parameters })).toEqual(message);
  });

  test('what speaks to the router is no parameter', () => {
    const own = {
      query: {},
      model: 'a/b',
      tags: ['a'],
      any_tags: [],
      not_tags: [],
      prefer: [],
      providers: [],
      exclude_providers: [],
      provider_types: [],
      exclude_provider_types: [],
      name: 'x',
      include_inactive: true,
      strategy: 'priority',
      max_cost_usd: 1,
      max_latency_ms: 1,
      remote_identifier_override: 'x',
      batch: null,
      workspace_path: '/',
      conversation_id: 'c',
      routing_mode: 'auto',
      routing_pair: 'p',
    };
    expect(sent({ prompt, ...own })).toEqual(message);
    expect(sent({ prompt, parameters: own })).toEqual(message);
  });

  test('of the wrong type are refused by their path', () => {
    expect(() => readHead({ prompt, parameters: { temperature: 'hot' } })).toThrow(
      expect.objectContaining({ param: 'parameters.temperature' }),
    );
    expect(() => readHead({ prompt, parameters: [] })).toThrow(expect.objectContaining({ param: 'parameters' }));
  });

  test('say what the request needs', () => {
    const parameters = { tools: [{ type: 'function', function: { name: 'f' } }], max_tokens: 5 };
    const { needs } = readHead({ prompt, parameters });
    expect([...needs.abilities]).toEqual(['tools']);
    expect(needs.maxOutputTokens).toBe(5);
  });

  test('stream is asked for beside the messages', () => {
    expect(sent({ prompt, stream: true })).toEqual({ ...message, stream: true });
  });
});

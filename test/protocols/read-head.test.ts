import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { clientDialects } from '../../src/protocols/registry.ts';

const MESSAGES = [{ role: 'user', content: 'hi' }] as const;

/** Both dialects take messages and parameters in OpenAI's words and refuse the same. */
describe.each([clientDialects['openai-chat'], clientDialects['router-native']])('$id', (dialect) => {
  const head = (body: JsonObject) => dialect.readHead({ messages: MESSAGES, ...body });

  test.each<[JsonObject, string, string]>([
    [{ model: 7 }, 'model', 'expected a string, got 7'],
    [{ stream: 'yes' }, 'stream', 'expected true or false, got "yes"'],
    [{ messages: 'hi' }, 'messages', 'expected a non-empty array of messages, got "hi"'],
    [{ messages: {} }, 'messages', 'expected a non-empty array of messages, got an object'],
    [{ messages: ['hi'] }, 'messages[0]', 'expected an object, got "hi"'],
    [{ messages: [...MESSAGES, null] }, 'messages[1]', 'expected an object, got null'],
    [
      { messages: [{ role: 'bot', content: 'hi' }] },
      'messages[0].role',
      'expected system, developer, user, assistant, tool or function, got "bot"',
    ],
    [
      { messages: [{ content: 'hi' }] },
      'messages[0].role',
      'expected system, developer, user, assistant, tool or function, got nothing',
    ],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', 'expected a string or an array of parts, got nothing'],
    [
      { messages: [{ role: 'user', content: null }] },
      'messages[0].content',
      'expected a string or an array of parts, got null',
    ],
    [
      { messages: [{ role: 'assistant', content: 7 }] },
      'messages[0].content',
      'expected a string or an array of parts, got 7',
    ],
    [
      { messages: [{ role: 'tool', content: {} }] },
      'messages[0].content',
      'expected a string or an array of parts, got an object',
    ],
    [
      { messages: [{ role: 'user', content: ['hi'] }] },
      'messages[0].content[0]',
      'expected an object with a type, got "hi"',
    ],
    [
      { messages: [...MESSAGES, { role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'text' }] }] },
      'messages[1].content[1].text',
      'expected a string, got nothing',
    ],
    [
      { messages: [{ role: 'assistant', tool_calls: {} }] },
      'messages[0].tool_calls',
      'expected an array of objects, got an object',
    ],
    [{ temperature: 'hot' }, 'temperature', 'expected a number, got "hot"'],
    [{ top_p: [] }, 'top_p', 'expected a number, got an empty array'],
    [{ max_tokens: 1.5 }, 'max_tokens', 'expected a whole number, got 1.5'],
    [{ max_completion_tokens: '9' }, 'max_completion_tokens', 'expected a whole number, got "9"'],
    [{ n: true }, 'n', 'expected a whole number, got true'],
    [{ stop: [1] }, 'stop', 'expected a string or an array of strings, got an array'],
    [{ tools: {} }, 'tools', 'expected an array of objects, got an object'],
    [{ tools: ['x'] }, 'tools', 'expected an array of objects, got an array'],
    [{ tool_choice: 1 }, 'tool_choice', 'expected a string or an object, got 1'],
    [{ response_format: 'json' }, 'response_format', 'expected an object, got "json"'],
    [{ stream_options: true }, 'stream_options', 'expected an object, got true'],
    [{ user: {} }, 'user', 'expected a string, got an object'],
  ])('%j is refused with the name of the field', (body, param, words) => {
    expect(() => head(body)).toThrow(
      expect.objectContaining({ code: 'request.invalid', param, publicMessage: `${param}: ${words}` }),
    );
  });

  test('a long wrong value is not sent back whole', () => {
    expect(() => head({ messages: [{ role: 'x'.repeat(1000), content: '' }] })).toThrow(/"x{40}"$/);
  });

  test.each<JsonObject>([
    { model: null, stream: null, temperature: null, tools: null, stop: null, user: null },
    { messages: [{ role: 'assistant', content: null, tool_calls: [{ id: 'c' }] }] },
    { messages: [{ role: 'assistant' }] },
    { messages: [{ role: 'function', name: 'f', content: null }] },
    { messages: [{ role: 'user', content: [] }] },
    { messages: [{ role: 'user', content: [{ type: 'of the future', x: 1 }] }] },
    { messages: [{ role: 'user', content: '' }] },
    { temperature: 99, top_p: -1, max_tokens: 0, stop: [], tool_choice: 'any', unknown: { a: 1 } },
  ])('%j is left to the provider', (body) => {
    expect(() => head(body)).not.toThrow();
  });

  test('the model is read as written, an empty one as none', () => {
    expect(head({ model: 'openai/gpt' }).model).toBe('openai/gpt');
    expect(head({ model: ' tag:a ' }).model).toBe(' tag:a ');
    for (const model of ['', null]) expect(head({ model }).model).toBeUndefined();
    expect(head({}).model).toBeUndefined();
  });

  test('a stream is asked for with true only', () => {
    expect(head({ stream: true }).stream).toBe(true);
    for (const stream of [false, null]) expect(head({ stream }).stream).toBe(false);
    expect(head({}).stream).toBe(false);
  });

  const part = (type: string): JsonValue => ({ type, [type]: { url: 'data:image/png;base64,AAAAAAAA' } });

  test.each<[JsonObject, string[]]>([
    [{}, []],
    [{ messages: [{ role: 'user', content: [part('image_url')] }] }, ['image']],
    [{ messages: [{ role: 'user', content: [part('input_audio')] }] }, ['audio']],
    [{ messages: [{ role: 'user', content: [part('video_url')] }] }, ['video']],
    [{ messages: [...MESSAGES, { role: 'user', content: [part('file'), part('image_url')] }] }, ['document', 'image']],
    [{ tools: [{ type: 'function', function: { name: 'f' } }] }, ['tools']],
    [{ functions: [{ name: 'f' }] }, ['tools']],
    [{ tools: [] }, []],
    [{ response_format: { type: 'json_schema', json_schema: { name: 's' } } }, ['json_schema']],
    [{ response_format: { type: 'json_object' } }, []],
  ])('%j needs %j', (body, abilities) => {
    expect([...head(body).needs.abilities]).toEqual(abilities);
  });

  test('text is counted, media is not', () => {
    const content = [{ type: 'text', text: '1234' }, part('image_url'), { type: 'text', text: '56' }];
    expect(
      head({
        messages: [
          { role: 'system', content: '78' },
          { role: 'user', content },
        ],
      }).needs.textLength,
    ).toBe(8);
  });

  test('schemas and calls are counted', () => {
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: 'x'.repeat(100) } };
    expect(head({ tools }).needs.textLength).toBeGreaterThan('functionfobject'.length);
    expect(head({ messages: [{ role: 'assistant', tool_calls: [call] }] }).needs.textLength).toBeGreaterThanOrEqual(
      100,
    );
  });

  test('a schema without end does not end the process', () => {
    let schema: JsonObject = {};
    for (let depth = 0; depth < 50_000; depth += 1) schema = { a: schema };
    expect(head({ tools: [schema] }).needs.textLength).toBeLessThan(100);
  });

  test('the limit of output is read under both names, the newer first', () => {
    expect(head({ max_tokens: 5 }).needs.maxOutputTokens).toBe(5);
    expect(head({ max_tokens: 5, max_completion_tokens: 6 }).needs.maxOutputTokens).toBe(6);
    expect(head({ max_tokens: 5, max_completion_tokens: null }).needs.maxOutputTokens).toBe(5);
    expect(head({}).needs.maxOutputTokens).toBeUndefined();
  });
});

test('OpenAI clients have to send messages', () => {
  for (const body of [{}, { messages: null }, { messages: [] }, { prompt: 'hi' }]) {
    expect(() => clientDialects['openai-chat'].readHead(body)).toThrow(
      expect.objectContaining({ code: 'request.invalid', param: 'messages' }),
    );
  }
});

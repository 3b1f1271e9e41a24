import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import { createEndpointBuilder, type EndpointParts } from '../../../src/providers/endpoint-url.ts';
import { findProviderSpec, PROVIDER_SPECS } from '../../../src/providers/registry.ts';

const CHAT = '/chat/completions';

function urlOf(parts: Partial<EndpointParts> & { baseUrl: string }, model = 'm'): string {
  const whole = { versionPath: '/v1', path: CHAT, endpoint: undefined, settings: {}, ...parts };
  return createEndpointBuilder(whole)(model).href;
}

function vendorUrl(type: string, baseUrl?: string, endpoint?: string): string {
  const spec = findProviderSpec(type);
  if (spec === undefined) throw new Error(`no type ${type}`);
  const { versionPath, chat } = spec;
  const [first = ''] = Object.values(chat);
  const path = typeof first === 'string' ? first : first.whole;
  return urlOf({ baseUrl: baseUrl ?? spec.baseUrl ?? '', versionPath, path, endpoint });
}

describe('base URLs that users write', () => {
  test.each([
    ['openai', 'https://api.openai.com', 'https://api.openai.com/v1/chat/completions'],
    ['openai', 'https://api.openai.com/', 'https://api.openai.com/v1/chat/completions'],
    ['openai', 'https://api.openai.com/v1', 'https://api.openai.com/v1/chat/completions'],
    ['openai', 'https://api.openai.com/v1/', 'https://api.openai.com/v1/chat/completions'],
    ['openai', 'https://api.openai.com/v1/chat/completions', 'https://api.openai.com/v1/chat/completions'],
    ['openai', 'https://some.example/chat/completions', 'https://some.example/chat/completions'],
    ['openrouter', 'https://openrouter.ai', 'https://openrouter.ai/api/v1/chat/completions'],
    ['openrouter', 'https://openrouter.ai/api', 'https://openrouter.ai/api/v1/chat/completions'],
    ['openrouter', 'https://openrouter.ai/api/v1', 'https://openrouter.ai/api/v1/chat/completions'],
    ['qwen', 'https://dashscope.aliyuncs.com', 'https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions'],
    ['qwen', 'https://d.example/compatible-mode/v1', 'https://d.example/compatible-mode/v1/chat/completions'],
    ['glm', 'https://api.z.ai', 'https://api.z.ai/api/paas/v4/chat/completions'],
    ['glm', 'https://api.z.ai/api/coding/paas/v4', 'https://api.z.ai/api/coding/paas/v4/chat/completions'],
    ['groq', 'https://api.groq.com', 'https://api.groq.com/openai/v1/chat/completions'],
    ['gemini', 'https://g.example', 'https://g.example/v1beta/models/m:generateContent'],
    ['gemini', 'https://g.example/v1beta', 'https://g.example/v1beta/models/m:generateContent'],
    ['gemini', 'https://g.example/v1', 'https://g.example/v1/models/m:generateContent'],
    ['claude', 'https://a.example', 'https://a.example/v1/messages'],
    ['claude', 'https://a.example/v1/messages', 'https://a.example/v1/messages'],
    ['cohere', 'https://c.example', 'https://c.example/v2/chat'],
    ['ollama', 'http://127.0.0.1:11434', 'http://127.0.0.1:11434/api/chat'],
    ['openai-compatible', 'https://a.example', 'https://a.example/v1/chat/completions'],
    ['openai-compatible', 'https://a.example/llm', 'https://a.example/llm/v1/chat/completions'],
    ['openai-compatible', 'https://a.example/api/v3', 'https://a.example/api/v3/chat/completions'],
    ['openai-compatible', 'https://a.example/v1/tenant/openai', 'https://a.example/v1/tenant/openai/chat/completions'],
    ['minimax', 'https://api.minimax.chat', 'https://api.minimax.chat/v1/text/chatcompletion_v2'],
    ['doubao', 'https://ark.example', 'https://ark.example/api/v3/chat/completions'],
  ])('%s at %s', (type, baseUrl, expected) => {
    expect(vendorUrl(type, baseUrl)).toBe(expected);
  });
});

describe('settings.endpoint', () => {
  test.each([
    ['openai', 'https://a.example/v1', '/v1/chat/completions', 'https://a.example/v1/chat/completions'],
    ['openai', 'https://a.example', '/v1/chat/completions', 'https://a.example/v1/chat/completions'],
    ['openai', 'https://a.example', '/chat/completions', 'https://a.example/chat/completions'],
    ['openai', 'https://a.example', 'chat', 'https://a.example/chat'],
    ['openai', 'https://a.example/v1', '/v2/chat/completions', 'https://a.example/v2/chat/completions'],
    ['glm', undefined, '/v4/chat/completions', 'https://open.bigmodel.cn/api/paas/v4/chat/completions'],
    ['glm', undefined, '/chat/completions', 'https://open.bigmodel.cn/api/paas/v4/chat/completions'],
    ['glm', undefined, '/api/paas/v4/chat/completions', 'https://open.bigmodel.cn/api/paas/v4/chat/completions'],
    [
      'qwen',
      'https://d.example/compatible-mode/v1',
      '/compatible-mode/v1/chat/completions',
      'https://d.example/compatible-mode/v1/chat/completions',
    ],
    [
      'azure_openai',
      'https://a.openai.azure.com/openai/v1',
      '/chat/completions',
      'https://a.openai.azure.com/openai/v1/chat/completions',
    ],
  ])('%s at %s with %s', (type, baseUrl, endpoint, expected) => {
    expect(vendorUrl(type, baseUrl, endpoint)).toBe(expected);
  });
});

describe('templates', () => {
  const azure = findProviderSpec('azure_openai');
  const path = String(azure?.chat['openai-chat']);
  const parts = { baseUrl: 'https://a.openai.azure.com', versionPath: '', path };

  test('Azure names the deployment after the model unless a setting says otherwise', () => {
    const deployments = 'https://a.openai.azure.com/openai/deployments';
    expect(urlOf(parts, 'gpt 5/mini')).toBe(
      `${deployments}/gpt%205%2Fmini/chat/completions?api-version=2024-02-15-preview`,
    );
    const settings = { deployment_id: 'team', api_version: '2026-01-01' };
    expect(urlOf({ ...parts, settings }, 'gpt')).toBe(`${deployments}/team/chat/completions?api-version=2026-01-01`);
    expect(urlOf({ ...parts, baseUrl: 'https://a.openai.azure.com/openai/' }, 'x')).toContain('/openai/deployments/x/');
  });

  test('an empty setting counts as not set, a number is written out', () => {
    expect(urlOf({ ...parts, settings: { deployment_id: '', api_version: 7 } }, 'x')).toMatch(/\/x\/.*=7$/);
  });

  test('a setting without alternative has to be set', () => {
    const build = createEndpointBuilder({ ...parts, path: '/{settings.tenant}', endpoint: undefined, settings: {} });
    expect(() => build('m')).toThrow(expect.objectContaining({ code: 'model.unavailable' }));
    const dots = { tenant: '..' };
    const climb = createEndpointBuilder({ ...parts, path: '/{settings.tenant}', endpoint: undefined, settings: dots });
    expect(() => climb('m')).toThrow(expect.objectContaining({ code: 'model.unavailable' }));
  });

  test.each(['', '.', '..', '\ud800', 'a\udc00'])('the model name %j cannot stand in a path', (model) => {
    expect(() => urlOf(parts, model)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
  });

  test('any other model name arrives as exactly one segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (model) => {
        fc.pre(model !== '.' && model !== '..');
        const url = new URL(urlOf({ ...parts, path: '/a/{model}/b' }, model));
        const segments = url.pathname.split('/');
        expect([url.host, url.search, url.hash, segments.length]).toEqual(['a.openai.azure.com', '', '', 4]);
        expect([segments[1], segments[3]]).toEqual(['a', 'b']);
        expect(decodeURIComponent(segments[2] ?? '')).toBe(model);
      }),
    );
  });

  test('whatever the model is called, the builder throws nothing but RouterErrors', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (model) => {
        try {
          expect(urlOf(parts, model)).toContain('/openai/deployments/');
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RouterError);
        }
      }),
    );
  });
});

describe('for all base URLs', () => {
  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  const version = fc.constantFrom('v1', 'v2', 'v4', 'v1beta');
  const versions = (path: string): number => path.split('/').filter((part) => /^v\d/.test(part)).length;
  const speaking = PROVIDER_SPECS.filter((spec) => spec.chat['openai-chat'] !== undefined && spec.versionPath !== '');

  test('a version is added once where there is none, and never where there is one', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, version), { maxLength: 4 }), fc.constantFrom(...speaking), (base, spec) => {
        const url = vendorUrl(spec.type, `https://a.example/${base.join('/')}`);
        expect(versions(new URL(url).pathname)).toBe(Math.max(1, versions(base.join('/'))));
        expect(url.startsWith(`https://a.example/${base.join('/')}`)).toBe(true);
        expect(url.endsWith(String(spec.chat['openai-chat']))).toBe(true);
      }),
    );
  });

  test('joining again changes nothing, and neither do slashes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, version), { maxLength: 4 }), fc.constantFrom(...speaking), (base, spec) => {
        const once = vendorUrl(spec.type, `https://a.example/${base.join('/')}`);
        expect(vendorUrl(spec.type, once)).toBe(once);
        expect(vendorUrl(spec.type, `https://a.example/${base.join('//')}/`)).toBe(once);
      }),
    );
  });

  test('an endpoint never doubles the version that the base ends with', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 3 }), version, version, (base, left, right) => {
        const url = vendorUrl('openai', ['https://a.example', ...base, left].join('/'), `/${right}/chat`);
        expect(url).toBe(['https://a.example', ...base, right, 'chat'].join('/'));
      }),
    );
  });
});

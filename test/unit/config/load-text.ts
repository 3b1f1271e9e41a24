import type { ConfigOverrides } from '../../../src/config/build-server.ts';
import { type BuildResult, loadRouterToml } from '../../../src/config/load-router-toml.ts';
import type { ConfigProblem, ModelEntry, ProblemLevel, RouterSnapshot } from '../../../src/config/snapshot.ts';
import { BEARER, type ProviderInstance, type ProviderSpec } from '../../../src/providers/spec.ts';

const COMMON = {
  versionPath: '/v1',
  apiKeyEnv: [],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
} as const satisfies Partial<ProviderSpec>;

/** Types of providers that these tests may name. */
export const SPECS: readonly ProviderSpec[] = [
  {
    ...COMMON,
    type: 'openai',
    title: 'OpenAI',
    baseUrl: 'https://api.openai.test/v1',
    apiKeyEnv: ['OPENAI_API_KEY', 'OPENAI_KEY'],
    headers: { 'X-Client': 'router' },
  },
  { ...COMMON, type: 'groq', title: 'Groq', baseUrl: 'https://api.groq.test', apiKeyEnv: ['GROQ_API_KEY'] },
  {
    ...COMMON,
    type: 'claude',
    title: 'Claude',
    baseUrl: 'https://api.claude.test',
    apiKeyEnv: ['ANTHROPIC_API_KEY'],
    auth: { kind: 'header', header: 'x-api-key', prefix: '' },
    edits: { drop: ['logprobs'] },
  },
  {
    ...COMMON,
    type: 'cloudflare',
    title: 'Cloudflare',
    baseUrl: 'https://api.cloudflare.test/accounts/{account_id}',
    baseUrlEnv: { account_id: 'CLOUDFLARE_ACCOUNT_ID' },
    apiKeyEnv: ['CLOUDFLARE_API_TOKEN'],
  },
  {
    ...COMMON,
    type: 'ollama',
    title: 'Ollama',
    baseUrl: 'http://127.0.0.1:11434',
    hostEnv: 'OLLAMA_HOST',
    isKeyOptional: true,
    auth: { kind: 'none' },
  },
  { ...COMMON, type: 'vllm', title: 'vLLM', baseUrl: undefined, isKeyOptional: true, apiKeyEnv: ['VLLM_API_KEY'] },
  {
    ...COMMON,
    type: 'shell',
    title: 'Shell',
    baseUrl: undefined,
    isKeyOptional: true,
    unsupported: 'not in this version',
  },
];

export interface TextOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly overrides?: ConfigOverrides;
  readonly version?: number;
  readonly file?: string | undefined;
}

export function loadBytes(bytes: Uint8Array, options: TextOptions = {}): BuildResult {
  return loadRouterToml(bytes, {
    file: 'file' in options ? options.file : '/etc/router.toml',
    env: options.env ?? {},
    overrides: options.overrides ?? {},
    findSpec: (type) => SPECS.find((spec) => spec.type === type),
    providerTypes: SPECS.map((spec) => spec.type),
    version: options.version ?? 1,
    now: Date.UTC(2026, 10, 20),
  });
}

export function loadText(text: string, options: TextOptions = {}): BuildResult {
  return loadBytes(Buffer.from(text), options);
}

/** The snapshot of a text that must load. */
export function snapshotOf(text: string, options: TextOptions = {}): RouterSnapshot {
  const result = loadText(text, options);
  if (!result.ok) throw new Error(`does not load:\n${JSON.stringify(result.problems, undefined, 2)}`);
  return result.snapshot;
}

export function problemsOf(text: string, options: TextOptions = {}): readonly ConfigProblem[] {
  const result = loadText(text, options);
  return result.ok ? result.snapshot.problems : result.problems;
}

/** `line:column path: message` of all problems of one level. */
export function linesOf(text: string, level: ProblemLevel, options: TextOptions = {}): string[] {
  return problemsOf(text, options)
    .filter((problem) => problem.level === level)
    .map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

export function providerOf(text: string, options: TextOptions = {}, name = 'p'): ProviderInstance {
  const provider = snapshotOf(text, options).providers.get(name);
  if (provider === undefined) throw new Error(`no provider ${name}`);
  return provider;
}

const LOCAL_PROVIDER = '[[providers]]\nname = "p"\ntype = "ollama"\n';

/** The model of `[[models]] name = "m"` with these lines added, at a provider that needs no key. */
export function modelOf(lines: string, options: TextOptions = {}): ModelEntry {
  const model = snapshotOf(`${LOCAL_PROVIDER}[[models]]\nname = "m"\nprovider = "p"\n${lines}`, options).models.get(
    'p/m',
  );
  if (model === undefined) throw new Error('no model p/m');
  return model;
}

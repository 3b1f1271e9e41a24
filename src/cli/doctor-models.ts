import { NO_NEEDS } from '../canonical/needs.ts';
import type { ModelEntry, RouterSnapshot } from '../config/snapshot.ts';
import { asArray, asObject, asString, parseJson } from '../lib/json.ts';
import { ProviderConnections } from '../providers/connections.ts';
import { probeEndpoint } from '../providers/probe-endpoint.ts';
import { requestHeaders } from '../providers/request-headers.ts';
import type { ProviderInstance } from '../providers/spec.ts';
import type { Endpoint, ReplyControl } from '../providers/transport.ts';
import { inability } from '../routing/serve-needs.ts';

const LIST_MS = 10_000;
const MAX_LIST_BYTES = 4 * 1024 * 1024;

/** The cheapest models first; those without a price come last, in the order of the file. */
export function chatModels(snapshot: RouterSnapshot, provider: ProviderInstance): readonly ModelEntry[] {
  const own = [...snapshot.models.values()].filter(
    (model) => model.provider === provider && model.isActive && inability(model, NO_NEEDS) === undefined,
  );
  return own.sort((left, right) => priceOf(left) - priceOf(right));
}

/** The file says that the model calls tools. */
export function canCallTools({ abilities }: ModelEntry): boolean {
  return abilities.get('tools') === true;
}

/** Finite, so that differences can be sorted by. */
function priceOf({ price }: ModelEntry): number {
  return price === undefined ? Number.MAX_VALUE : price.inputUsdPerMillion + price.outputUsdPerMillion;
}

/**
 * The names of the models that a provider lists, which costs nothing; none where it lists none or nobody knows where.
 * https://platform.openai.com/docs/api-reference/models/list
 */
export async function listModels(provider: ProviderInstance): Promise<readonly string[]> {
  const endpoint = probeEndpoint(provider, undefined);
  if (endpoint === undefined) return [];
  const connections = new ProviderConnections();
  try {
    const text = await fetchList(provider, endpoint, connections);
    const parsed = parseJson(text);
    return parsed.ok ? namesIn(parsed.value) : [];
  } finally {
    await connections.close();
  }
}

/** The body of the answer; empty where there is none in time. */
function fetchList(provider: ProviderInstance, endpoint: Endpoint, connections: ProviderConnections): Promise<string> {
  const key = connections.keysOf(provider).pick(performance.now(), '');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let control: ReplyControl | undefined;
    const finish = (text: string): void => {
      clearTimeout(timer);
      control?.abort();
      resolve(text);
    };
    const timer = setTimeout(() => finish(''), LIST_MS);
    const headers = requestHeaders(provider, key, false);
    connections.transportOf(provider).send(
      { endpoint, method: 'GET', headers, body: '' },
      {
        onStart: (given) => {
          control = given;
        },
        onHead: (status) => {
          if (status !== 200) finish('');
        },
        onData: (chunk) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length > MAX_LIST_BYTES) finish('');
        },
        onEnd: () => finish(Buffer.concat(chunks).toString('utf8')),
        onError: () => finish(''),
      },
    );
  });
}

/** OpenAI and Anthropic say `data` and `id`, Gemini and Ollama `models` and `name`. */
function namesIn(body: unknown): readonly string[] {
  const entries = asArray(asObject(body)['data'] ?? asObject(body)['models'] ?? body).map(asObject);
  const names = entries.map((entry) => asString(entry['id']) ?? asString(entry['name']));
  return names.filter((name) => name !== undefined).map((name) => name.replace(/^models\//, ''));
}

import { forgetKeyRests, startRouter, type TestRouter } from '../support/start-router.ts';
import type { Script, VendorAnswer } from '../support/vendors/script.ts';
import { VENDOR_KEY, type Vendor } from '../support/vendors/vendor-server.ts';
import { VENDORS, type VendorId } from '../support/vendors/vendors.ts';
import type { Client, Target } from './client.ts';

export const VENDOR_IDS = Object.keys(VENDORS) as readonly VendorId[];

/** All vendors with a router before them. What they say is set before each call. */
export interface Stage {
  readonly router: TestRouter;
  vendor(id: VendorId): Vendor;
  /** The next answers of a vendor, in the place of all that were left; `onAsked` is called with each of them. */
  script(id: VendorId, answers: readonly VendorAnswer[], onAsked?: () => void): void;
  /** How many of its answers a vendor has not been asked for. */
  unasked(id: VendorId): number;
  direct(client: Client, isPlain: boolean): Target;
  routed(client: Client, vendor: VendorId, isPlain: boolean): Target;
  /** The newest record, as soon as there are so many that were not read before: they may come after the answers. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into records of any shape
  nextRecord(calls: number): Promise<any>;
  close(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const queues = new Map<VendorId, Queue>();
  const vendors = new Map<VendorId, Vendor>();
  for (const id of VENDOR_IDS) vendors.set(id, await VENDORS[id].start({ script: scriptOf(id, queues) }));
  const vendor = (id: VendorId): Vendor => {
    const found = vendors.get(id);
    if (found === undefined) throw new Error(`no vendor ${id}`);
    return found;
  };
  const router = await startRouter(configuration(vendor));
  return {
    router,
    vendor,
    script: (id, answers, onAsked = () => {}) => {
      forgetKeyRests(router);
      queues.set(id, { answers: [...answers], onAsked });
    },
    unasked: (id) => queues.get(id)?.answers.length ?? 0,
    nextRecord: recordReader(router),
    direct: ({ vendor: own }, isPlain) => ({ url: vendor(own).url, model: modelOf(own, isPlain), apiKey: VENDOR_KEY }),
    routed: ({ vendor: own, providerInPath }, id, isPlain) => {
      const model = modelOf(own, isPlain);
      const place = providerInPath
        ? { url: `${router.url}/${id}`, model }
        : { url: router.url, model: `${id}/${model}` };
      return { ...place, apiKey: VENDOR_KEY };
    },
    close: async () => {
      await router.stop();
      await Promise.all(VENDOR_IDS.map((id) => vendor(id).close()));
    },
  };
}

interface Queue {
  readonly answers: VendorAnswer[];
  readonly onAsked: () => void;
}

function scriptOf(id: VendorId, queues: ReadonlyMap<VendorId, Queue>): Script {
  return () => {
    const queue = queues.get(id);
    const answer = queue?.answers.shift();
    if (answer === undefined) throw new Error(`${id} was asked more often than the scenario says`);
    queue?.onAsked();
    return answer;
  };
}

const MAX_READS = 200;

function recordReader(router: TestRouter): Stage['nextRecord'] {
  let seen = 0;
  return async (calls) => {
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      const { body } = await router.get('/monitor/invocations?limit=1&order_by=id');
      if (body.total < seen + calls) continue;
      seen = body.total;
      return body.items[0];
    }
    throw new Error('the calls left too few records');
  };
}

/** Models that do not reason, or less than those in `VENDORS`; each has another name than those. */
const PLAIN_MODELS: Readonly<Record<VendorId, string>> = {
  'openai-chat': 'gpt-4.1',
  'openai-responses': 'gpt-4.1',
  anthropic: 'claude-sonnet-4-6',
  gemini: 'gemini-2.5-flash',
  cohere: 'command-a-03-2025',
  ollama: 'llama3.2:3b',
};

const modelOf = (id: VendorId, isPlain: boolean): string => (isPlain ? PLAIN_MODELS[id] : VENDORS[id].model);

/** Some SDKs look at the model's name, so each provider has its models under the names of all vendors. */
function configuration(vendor: (id: VendorId) => Vendor): string {
  const names = new Map(
    VENDOR_IDS.flatMap((id) => [true, false].map((isPlain): [string, boolean] => [modelOf(id, isPlain), isPlain])),
  );
  const providers = VENDOR_IDS.map((id) => {
    const models = [...names].map(([name, isPlain]) => modelTable(name, id, isPlain));
    return [`[[providers]]\nname = "${id}"\n${VENDORS[id].routerProvider(vendor(id).url)}`, ...models].join('\n\n');
  });
  return ['[retry]\nmax_attempts = 1', '[circuit_breaker]\nenabled = false', ...providers].join('\n\n');
}

const modelTable = (name: string, provider: VendorId, isPlain: boolean): string =>
  [
    '[[models]]',
    `name = "${name}"`,
    `provider = "${provider}"`,
    `remote_identifier = "${modelOf(provider, isPlain)}"`,
    `tags = ["chat"${isPlain ? '' : ', "reasoning"'}]`,
  ].join('\n');

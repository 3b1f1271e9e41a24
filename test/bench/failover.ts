// What moving on to the next model adds to a call: node --import tsx test/bench/failover.ts; see docs/reliability.md.
import { chatAnswer, FakeProvider, failWith } from '../support/fake-provider.ts';
import { startRouter } from '../support/start-router.ts';

const CALLS = 2000;
const WARM_UP = 300;

const entry = (name: string, url: string, priority: number): string => `
[[providers]]
name = "${name}"
type = "openai"
base_url = "${url}"
api_key = "k"
[[models]]
name = "model"
provider = "${name}"
tags = ["chat", "${name}"]
config = { priority = ${priority} }
`;

function percentile(sorted: readonly number[], share: number): string {
  return (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1);
}

const [bad, good] = await Promise.all([FakeProvider.start(), FakeProvider.start()]);
// Not counted against the model's health and never tried again: every call asks it once and moves on.
bad.respond = failWith(404);
good.respond = chatAnswer('Hello');
const router = await startRouter(`${entry('bad', bad.url, 9)}${entry('good', good.url, 1)}`);

async function latencies(tag: string): Promise<readonly number[]> {
  const measured: number[] = [];
  for (let call = 0; call < WARM_UP + CALLS; call += 1) {
    const startedAt = performance.now();
    const { status } = await router.post('/route/invoke', { tags: [tag], prompt: 'Hi' });
    if (status !== 200) throw new Error(`answered ${status}`);
    if (call >= WARM_UP) measured.push(performance.now() - startedAt);
  }
  return measured.sort((left, right) => left - right);
}

for (const [title, tag] of [
  ['the first model answers', 'good'],
  ['the first model fails, the second answers', 'chat'],
] as const) {
  const sorted = await latencies(tag);
  console.log(`${title}: p50 ${percentile(sorted, 0.5)} ms, p99 ${percentile(sorted, 0.99)} ms (${CALLS})`);
}
await router.stop();
await Promise.all([bad.stop(), good.stop()]);

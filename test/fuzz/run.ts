// Mutated inputs for everything that reads what strangers write: no crash, no broken promise, none slower than 100 ms.
// npm run fuzz -- [--inputs=N] [--seed=N]; see docs/reliability.md.
import { parseArgs } from 'node:util';
import { mulberry32, mutate } from './mutate.ts';
import { TARGETS } from './targets.ts';

const SLOW_MS = 100;
const MAX_SHOWN = 20;

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '10000000' }, seed: { type: 'string', default: '1' } },
});
const total = Number(values.inputs);
let failures = 0;

for (const { name, weight, seeds, run } of TARGETS) {
  const random = mulberry32(Number(values.seed));
  const count = Math.round(total * weight);
  let slowestMs = 0;
  for (let index = 0; index < count; index += 1) {
    const input = mutate(seeds, random);
    const startedAt = performance.now();
    try {
      run(input);
    } catch (thrown) {
      failures += 1;
      if (failures <= MAX_SHOWN) console.log(`! ${name}: ${String(thrown)} for ${JSON.stringify(input)}`);
    }
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs > slowestMs) slowestMs = elapsedMs;
  }
  const isSlow = slowestMs > SLOW_MS;
  if (isSlow) failures += 1;
  console.log(
    `${name.padEnd(20)} ${String(count).padStart(9)} inputs, slowest ${slowestMs.toFixed(1)} ms${isSlow ? ' !' : ''}`,
  );
}
console.log(failures === 0 ? 'fuzz passed' : `fuzz FAILED: ${failures}`);
process.exit(failures === 0 ? 0 : 1);

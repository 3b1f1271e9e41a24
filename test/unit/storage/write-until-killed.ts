import { openMonitor } from '../../../src/storage/open-monitor.ts';
import { sampleRecord } from '../monitor/sample-record.ts';

/** Run as `write-until-killed.ts FILE FROM`: writes numbered records and prints each number that is safely written. */
async function main(file: string, from: number): Promise<void> {
  const report = (fault: unknown): void => console.error(fault);
  const monitor = openMonitor({
    file,
    retention: { maxAgeMs: Infinity, maxBytes: 0 },
    onDrop: report,
    onWriteError: report,
    onNotice: report,
  });
  await monitor.opened;
  for (let number = from; ; number += 1) {
    monitor.recorder.offer(sampleRecord({ requestId: String(number) }));
    if (number % 7 !== 0) continue;
    await monitor.recorder.flush();
    process.stdout.write(`${number}\n`);
  }
}

await main(process.argv[2] ?? '', Number(process.argv[3]));

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { asArray, asObject, type JsonValue } from '../../src/lib/json.ts';
import { type Count, type Counts, compatibilityDoc } from '../pairs/compatibility-doc.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Runs the suite and returns vitest's report; tests that fail are part of it. */
function runSuite(): JsonValue {
  const directory = mkdtempSync(join(tmpdir(), 'llm-router-pairs-'));
  const file = join(directory, 'report.json');
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const options = ['run', '--config', 'test/pairs/vitest.config.ts', '--reporter=json', `--outputFile=${file}`];
  const { error } = spawnSync(process.execPath, [vitest, ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (error !== undefined) throw error;
  const report = JSON.parse(readFileSync(file, 'utf8')) as JsonValue;
  rmSync(directory, { recursive: true });
  return report;
}

/** Tests by their suite, which the report names first among the ancestors of a test. */
function countsOf(report: JsonValue): Counts {
  const counts = new Map<string, Count>();
  for (const file of asArray(asObject(report)['testResults'])) {
    for (const result of asArray(asObject(file)['assertionResults'])) {
      const { ancestorTitles, status } = asObject(result);
      const suite = String(asArray(ancestorTitles)[0]);
      const { passed, total } = counts.get(suite) ?? { passed: 0, total: 0 };
      counts.set(suite, { passed: passed + (status === 'passed' ? 1 : 0), total: total + 1 });
    }
  }
  return counts;
}

const run = { counts: countsOf(runSuite()), date: new Date().toISOString().slice(0, 10) };
writeFileSync(join(ROOT, 'docs/compatibility.md'), compatibilityDoc(run));

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const LAYERS = ['lib', 'errors', 'canonical', 'config', 'monitor', 'storage'];

/** The layers below `src`, compiled as the build does, in a project of their own. */
function build(project: string): void {
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  for (const layer of LAYERS) {
    for (const name of readdirSync(join(ROOT, 'src', layer)).filter((file) => file.endsWith('.ts'))) {
      const fileName = join(ROOT, 'src', layer, name);
      const { outputText } = ts.transpileModule(readFileSync(fileName, 'utf8'), { fileName, compilerOptions });
      const target = join(project, 'dist', layer, name.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, outputText);
    }
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  for (const folder of ['node_modules', 'drizzle']) symlinkSync(join(ROOT, folder), join(project, folder));
}

const SCRIPT = `
import { openMonitor } from './dist/storage/open-monitor.js';
import { SqliteCatalog } from './dist/storage/sqlite-catalog.js';
const notices = [];
const note = (fault) => notices.push(String(fault));
const monitor = openMonitor({ file: 'data/monitor.db', retention: { maxAgeMs: 1e15, maxBytes: 0 }, onDrop: note, onWriteError: note, onNotice: note });
const record = { id: '01JD4ZQ8Y3M7V5T2X9K6W0B1CD', requestId: 'r', startedAt: 0, durationMs: 1, dialect: 'openai-chat',
  endpoint: '/', authType: 'local', query: '{}', reason: '', attempts: [], status: 'success', cancelled: false,
  stream: false, passthrough: true, snapshotVersion: 1 };
monitor.recorder.offer(record);
const read = await monitor.reader.get({ key: record.id });
await monitor.close(10000);
const catalog = new SqliteCatalog({ file: 'data/router.db', onNotice: note });
catalog.close();
console.log(JSON.stringify({ notices, uid: read?.uid }));
`;

test('the built router starts the built worker and finds its migrations', async () => {
  const project = temporaryDirectory();
  build(project);
  writeFileSync(join(project, 'run.js'), SCRIPT);
  const { stdout } = await promisify(execFile)(process.execPath, ['run.js'], { cwd: project });
  expect(JSON.parse(stdout)).toEqual({ notices: [], uid: '01JD4ZQ8Y3M7V5T2X9K6W0B1CD' });
});

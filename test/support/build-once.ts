import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules/.cache/llm-router-built');
const UNUSED_AFTER_MS = 3_600_000;

/** Compiled as the build does, but for the checks: child processes that start often have to start fast. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

function sources(): string[] {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).sort();
}

function digestOf(names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of names) {
    const { mtimeMs, size } = statSync(join(ROOT, 'src', name));
    hash.update(`${name}:${mtimeMs}:${size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function compile(names: readonly string[], project: string): void {
  for (const name of names) {
    const fileName = join(ROOT, 'src', name);
    const { outputText } = ts.transpileModule(readFileSync(fileName, 'utf8'), { fileName, compilerOptions: OPTIONS });
    const target = join(project, 'dist', name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  cpSync(join(ROOT, 'package.json'), join(project, 'package.json'));
  for (const folder of ['node_modules', 'drizzle']) symlinkSync(join(ROOT, folder), join(project, folder));
}

function removeUnused(): void {
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    if (Date.now() - statSync(path).mtimeMs > UNUSED_AFTER_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** Another test may have been faster: then its copy counts. */
function publish(draft: string, project: string): void {
  try {
    renameSync(draft, project);
  } catch (thrown) {
    if (!existsSync(project)) throw thrown;
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The sources as they are, compiled once for all tests that need them. Returns the entry of the router. */
export function buildOnce(): string {
  const names = sources();
  const project = join(CACHE, digestOf(names));
  if (!existsSync(project)) {
    mkdirSync(CACHE, { recursive: true });
    removeUnused();
    const draft = mkdtempSync(join(CACHE, 'draft-'));
    compile(names, draft);
    publish(draft, project);
  }
  return join(project, 'dist', 'main.js');
}

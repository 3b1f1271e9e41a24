import { describe, expect, test } from 'vitest';
import { loadBytes, loadText, problemsOf, snapshotOf } from './load-text.ts';

function onlyProblem(text: string | Uint8Array) {
  const result = typeof text === 'string' ? loadText(text) : loadBytes(text);
  expect(result.ok).toBe(false);
  const problems = result.ok ? [] : result.problems;
  expect(problems).toHaveLength(1);
  return problems[0]!;
}

describe('bytes', () => {
  test('a BOM and CRLF line ends change nothing', () => {
    const text = '\uFEFF[server]\r\nport = 9000\r\n# end\r\n';
    expect(snapshotOf(text).server.port).toBe(9000);
  });

  test('a problem in a file with BOM and CRLF has the line and column an editor shows', () => {
    const [problem] = problemsOf('\uFEFFprot = 1\r\n[server]\r\n  port = "x"\r\n').filter(
      (each) => each.level === 'error',
    );
    expect(problem).toMatchObject({ line: 3, column: 3, path: 'server.port' });
    const [unknown] = problemsOf('\uFEFFprot = 1\n');
    expect(unknown).toMatchObject({ line: 1, column: 1 });
  });

  test.each([
    ['a lone byte', [0x61, 0x20, 0x3d, 0x20, 0x22, 0xff, 0x22], 1, 6],
    ['on a later line, after wide characters', [...Buffer.from('# ä€😀\nb = "😀'), 0xc3, 0x28, 0x22], 2, 8],
    ['cut in the middle of a character', [...Buffer.from('a = 1\nb = "'), 0xe2, 0x82], 2, 6],
    ['UTF-16', [0xff, 0xfe, 0x61, 0x00], 1, 1],
  ])('invalid UTF-8 is located: %s', (_name, bytes, line, column) => {
    expect(onlyProblem(Uint8Array.from(bytes))).toMatchObject({ level: 'error', message: 'not UTF-8', line, column });
  });

  test.each([
    ['a bare CR', 'a = 1\rb = 2\n', 1],
    ['a NUL', 'a = "\u0000"\n', 1],
    ['an unfinished text', '\n\nname = "abc\n', 3],
    ['a key that is there twice', '[server]\nport = 1\nport = 2\n', 3],
    ['a table that is there twice', '[server]\nport = 1\n[server]\n', 3],
  ])('%s is an error with its line', (_name, text, line) => {
    const problem = onlyProblem(text);
    expect(problem).toMatchObject({ level: 'error', line });
    expect(problem.column).toBeGreaterThan(0);
  });

  test('a syntax error quotes nothing of the file, which may hold keys', () => {
    const problem = onlyProblem('[[providers]]\napi_key = sk-very-secret\n');
    expect(JSON.stringify(problem)).not.toContain('very-secret');
    expect(problem.message).not.toContain('\n');
  });

  test('a file of 4 MiB loads, one byte more does not', () => {
    const limit = 4 * 1024 * 1024;
    expect(loadBytes(Buffer.alloc(limit, '#')).ok).toBe(true);
    expect(onlyProblem(Buffer.alloc(limit + 1, '#')).message).toContain('larger than 4194304 bytes');
  });

  test('20,000 models may be listed, 20,001 may not', () => {
    const models = (count: number) => `[[models]]\nname = "m"\nprovider = "p"\n`.repeat(count);
    expect(problemsOf(models(20_001)).map((problem) => problem.message)).toEqual([
      '20001 models are more than the 20000 that may be listed',
    ]);
    const nested = `${models(10_000)}${models(10_001).replaceAll('[[models]]', '[[x.models]]')}`;
    expect(problemsOf(nested)).toHaveLength(1);
    expect(problemsOf(models(20_000)).some((problem) => problem.message.includes('may be listed'))).toBe(false);
  });
});

describe('structure', () => {
  test.each([
    ['dotted keys', `${'a.'.repeat(20_000)}a = 1`],
    ['headers', `[${'a.'.repeat(20_000)}a]`],
    ['headers of lists', `[[${'a.'.repeat(20_000)}a]]`],
    ['lists', `a = ${'['.repeat(900)}${']'.repeat(900)}`],
    ['more lists than a parser can nest', `a = ${'['.repeat(100_000)}`],
    ['inline tables', `a = ${'{a = '.repeat(20)}1${'}'.repeat(20)}`],
  ])('deep nesting is refused: %s', (_name, text) => {
    expect(onlyProblem(text)).toMatchObject({ level: 'error', line: 1 });
  });

  test('sixteen levels are fine, seventeen are not', () => {
    // The file and `plugins`, `tts`, `x` are four of them.
    const levels = (count: number) => `[plugins.tts.x]\na = ${'['.repeat(count)}${']'.repeat(count)}\n`;
    expect(loadText(levels(12)).ok).toBe(true);
    expect(onlyProblem(levels(13))).toMatchObject({ message: 'nested deeper than 16 levels', line: 2, column: 17 });
  });

  test.each(['__proto__', 'constructor', 'prototype'])('the key %s is refused wherever it stands', (key) => {
    const text = `${key}.a = 1\n[unknown.${key}]\n[[models]]\nname = "m"\nconfig = { x = [{ ${key} = 1 }] }\n`;
    const result = loadText(text);
    expect(result.ok).toBe(false);
    expect(result.ok ? [] : result.problems.map(({ path, line }) => [path, line])).toEqual([
      [key, 1],
      [`unknown.${key}`, 2],
      [`models[0].config.x[0].${key}`, 5],
    ]);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  test('an integer beyond 2^53 is an error that says so', () => {
    expect(onlyProblem('[server]\nport = 9007199254740993\n')).toMatchObject({
      path: 'server.port',
      message: 'expected an integer from 1 to 65535, found an integer that is too large',
      line: 2,
      column: 1,
    });
    const free = onlyProblem(
      '[[providers]]\nname = "p"\ntype = "ollama"\n[[models]]\nname = "m"\nprovider = "p"\n[models.config]\nx = 99999999999999999999\n',
    );
    expect(free.path).toBe('models[0].config.x');
  });

  test.each(['nan', 'inf', '-inf'])('%s is no number of this file', (value) => {
    const text = `[[providers]]\nname = "p"\ntype = "ollama"\n[[models]]\nname = "m"\nprovider = "p"\nconfig = { priority = ${value}, x = ${value} }\n`;
    expect(problemsOf(text).filter((problem) => problem.level === 'error')).toHaveLength(2);
  });
});

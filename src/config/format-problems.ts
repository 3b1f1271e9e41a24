import type { ConfigProblem } from './snapshot.ts';

function formatProblem(file: string, { level, path, message, line, column }: ConfigProblem): string {
  const position = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return path === '' ? `${position}: ${level}: ${message}` : `${position}: ${level}: ${path}: ${message}`;
}

/** One line for each problem: `file:line:column: level: key.path: message`. */
export function formatProblems(file: string, problems: readonly ConfigProblem[]): string[] {
  return problems.map((problem) => formatProblem(file, problem));
}

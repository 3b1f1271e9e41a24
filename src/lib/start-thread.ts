import { Worker } from 'node:worker_threads';

/**
 * Starts the module `<name>.ts` that lies beside the caller in a thread of its own. Beside a built file lies a built
 * module. Beside a source lies a source: Node 20 loads it with the help of tsx, which has to be switched on inside the
 * new thread before the module is imported. Whoever uses this names the module in knip.json.
 */
export function startThread(callerUrl: string, name: string, workerData: unknown): Worker {
  if (!callerUrl.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, callerUrl), { workerData });
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const source = JSON.stringify(new URL(`./${name}.ts`, callerUrl).href);
  const start = `import(${tsx}).then(({ register }) => { register(); return import(${source}); })`;
  return new Worker(start, { eval: true, execArgv: [], workerData });
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildProcesses, nextMatch } from '../bench/child-processes.ts';

const START_DEADLINE_MS = 30_000;

export const ROUTER_KEY = 'key-of-the-agent';

const KEY_ENTRY = `

[[api_keys]]
key = "${ROUTER_KEY}"
name = "agents"
role = "call"
`;

export interface RouterProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** The built service on a free port of loopback, as users start it. */
export async function startRouterProcess(
  main: string,
  toml: string,
  folder: string,
  children: ChildProcesses,
): Promise<RouterProcess> {
  const file = join(folder, 'router.toml');
  writeFileSync(file, toml + KEY_ENTRY);
  const args = [
    main,
    'serve',
    '--config',
    file,
    '--data-dir',
    join(folder, 'data'),
    '--host',
    '127.0.0.1',
    '--port',
    '0',
  ];
  const child = children.spawn(process.execPath, args, { cwd: folder, env: { PATH: process.env['PATH'] } });
  const [, url = ''] = await nextMatch(child, /listening on (http:\/\/[\d.:]+)/, START_DEADLINE_MS);
  return { url, stop: () => children.stop(child) };
}

import fs, { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openMonitorFile } from '../../../src/storage/monitor-file.ts';
import { interpose, systemError } from './interpose.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const { statSync } = fs;

test('a file that cannot be opened as a whole is closed as a whole', () => {
  const file = join(temporaryDirectory(), 'monitor.db');
  openMonitorFile(file).close();
  const open = readdirSync('/dev/fd').length;
  const heal = interpose({
    statSync: (...[path, options]: Parameters<typeof statSync>) => {
      if (String(path).endsWith('-shm')) throw systemError('EIO');
      return statSync(path, options);
    },
  });
  expect(() => openMonitorFile(file)).toThrow('EIO');
  heal();
  expect(readdirSync('/dev/fd')).toHaveLength(open);
  openMonitorFile(file).close();
});

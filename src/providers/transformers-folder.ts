import { stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { LocalModelError } from './transformers-failure.ts';
import type { LocalModelSettings } from './transformers-settings.ts';

/** What every model folder holds. */
const CONFIG_FILE = 'config.json';

/**
 * The folder of a model: `local_path`, else the folder of its name below the models folder. A name from a request
 * never leads out of the models folder, and no more does a relative path of the file; links inside are the
 * operator's own. Throws a LocalModelError that says what was looked for, without paths of this machine.
 */
export async function findModelFolder(settings: LocalModelSettings, name: string): Promise<string> {
  const candidates = foldersOf(settings);
  for (const folder of candidates) {
    if (await isFile(join(folder, CONFIG_FILE))) return folder;
  }
  throw new LocalModelError({
    status: 404,
    code: 'local_model_not_found',
    message: `There is no local model "${name}": no folder of that name holds a ${CONFIG_FILE}. Nothing is downloaded.`,
    param: 'model',
    detail: `the local model "${name}" was looked for in ${candidates.join(', ') || 'no folder: the name is none'}`,
  });
}

function foldersOf({ localPath, modelsDir, names }: LocalModelSettings): readonly string[] {
  if (localPath !== undefined && isAbsolute(localPath)) return [localPath];
  const below = localPath === undefined ? names : [localPath];
  return below.map((name) => resolve(modelsDir, name)).filter((folder) => isInside(modelsDir, folder));
}

function isInside(parent: string, folder: string): boolean {
  const way = relative(parent, folder);
  return way !== '' && !isAbsolute(way) && way.split(/[\\/]/)[0] !== '..';
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    // Whatever the reason is: it cannot be read as a model.
    return false;
  }
}

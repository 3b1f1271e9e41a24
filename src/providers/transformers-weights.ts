import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalModelError } from './transformers-failure.ts';

/** What the library puts behind `model` for each number format, the most exact first. */
const SUFFIXES: ReadonlyMap<string, string> = new Map([
  ['fp32', ''],
  ['fp16', '_fp16'],
  ['q8', '_quantized'],
  ['int8', '_int8'],
  ['uint8', '_uint8'],
  ['q4', '_q4'],
  ['q4f16', '_q4f16'],
  ['bnb4', '_bnb4'],
]);

const WEIGHTS_FOLDER = 'onnx';
const TOKENIZER_FILE = 'tokenizer.json';

/**
 * The number format to load: the one that is asked for, else the most exact one the folder has. Throws a
 * LocalModelError that names the file which is not there.
 */
export async function chooseWeights(folder: string, wanted: string | undefined): Promise<string> {
  if (!(await exists(join(folder, TOKENIZER_FILE)))) throw missingFile(folder, TOKENIZER_FILE);
  const files = new Set(await filesOf(join(folder, WEIGHTS_FOLDER)));
  const formats = wanted === undefined ? [...SUFFIXES.keys()] : [wanted];
  const found = formats.find((format) => files.has(fileOf(format)));
  if (found !== undefined) return found;
  throw missingFile(folder, formats.map((format) => `${WEIGHTS_FOLDER}/${fileOf(format)}`).join(' or '));
}

function fileOf(format: string): string {
  return `model${SUFFIXES.get(format) ?? `_${format}`}.onnx`;
}

function missingFile(folder: string, files: string): LocalModelError {
  return new LocalModelError({
    status: 404,
    code: 'local_model_not_found',
    message: `The folder of this local model has no ${files}.`,
    param: 'model',
    detail: `${folder} has no ${files}`,
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A folder that cannot be read has no files for us. */
async function filesOf(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

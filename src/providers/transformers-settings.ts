import { join, resolve } from 'node:path';
import { asString, type JsonObject } from '../lib/json.ts';
import { LocalModelError } from './transformers-failure.ts';
import type { LocalTask } from './transformers-messages.ts';
import type { TransportModel } from './transport.ts';

/** What router.toml says of a local model, its defaults filled in. */
export interface LocalModelSettings {
  /** Absolute. */
  readonly modelsDir: string;
  /** `local_path`; undefined where the request names another model than the file does. */
  readonly localPath: string | undefined;
  /** Names to look for in `modelsDir`. */
  readonly names: readonly string[];
  readonly task: LocalTask;
  readonly dtype: string | undefined;
  readonly device: string;
  readonly contextWindow: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly idleUnloadMs: number;
}

/** PyTorch's names of number formats, as the original's files have them. Any other is the library's own. */
const DTYPE_OF_TORCH: Readonly<Record<string, string | undefined>> = {
  auto: undefined,
  float32: 'fp32',
  float16: 'fp16',
  bfloat16: 'fp16',
};

const TASKS: Readonly<Record<string, LocalTask>> = {
  'text-generation': 'text-generation',
  'feature-extraction': 'feature-extraction',
};

const DEFAULT_IDLE_UNLOAD_SECONDS = 300;

/** The longest time that a timer can wait for. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const NO_TABLE: JsonObject = {};

/** `name` is the model of the request, `usual` the task of its endpoint. Throws a LocalModelError for a foreign task. */
export function readLocalSettings(
  model: TransportModel | undefined,
  name: string,
  usual: LocalTask,
  dataDir: string,
): LocalModelSettings {
  const settings = model?.provider.settings ?? NO_TABLE;
  const config = model?.config ?? NO_TABLE;
  const isConfigured = model?.upstreamName === name;
  const repository = isConfigured ? textOf(config['repo_id']) : undefined;
  return {
    modelsDir: resolve(textOf(settings['models_dir']) ?? join(dataDir, 'models')),
    localPath: isConfigured ? model.localPath : undefined,
    names: repository === undefined ? [name] : [name, repository],
    task: readTask(textOf(config['task']), usual),
    dtype: readDtype(textOf(config['torch_dtype']) ?? textOf(settings['dtype'])),
    device: readDevice(textOf(config['device_map']) ?? textOf(settings['device'])),
    contextWindow: model?.contextWindow,
    maxOutputTokens: model?.maxOutputTokens,
    idleUnloadMs: readIdleMs(settings['idle_unload_seconds']),
  };
}

function textOf(value: unknown): string | undefined {
  return asString(value)?.trim() || undefined;
}

function readTask(written: string | undefined, usual: LocalTask): LocalTask {
  if (written === undefined) return usual;
  const task = Object.hasOwn(TASKS, written) ? TASKS[written] : undefined;
  if (task === usual) return task;
  const message =
    task === undefined
      ? `Local models run for ${Object.keys(TASKS).join(' and ')}, not for the task "${written}".`
      : `This model is there for ${task}, not for ${usual}.`;
  throw new LocalModelError({ status: 400, code: 'wrong_task', message, param: 'model' });
}

function readDtype(written: string | undefined): string | undefined {
  const name = written?.replace(/^torch\./, '');
  return name !== undefined && Object.hasOwn(DTYPE_OF_TORCH, name) ? DTYPE_OF_TORCH[name] : name;
}

/** What `auto` would choose may be a graphics card without room for the model. */
function readDevice(written: string | undefined): string {
  return written === undefined || written === 'auto' ? 'cpu' : written;
}

function readIdleMs(value: unknown): number {
  const seconds = typeof value === 'number' && value >= 0 ? value : DEFAULT_IDLE_UNLOAD_SECONDS;
  return Math.min(seconds * 1000, MAX_TIMER_MS);
}

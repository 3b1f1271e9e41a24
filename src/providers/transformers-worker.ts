/*
 * Entry of the thread that holds one local model: loads it with the first work, runs one work after the other, so that
 * neither loading nor generating stops the thread that serves requests.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { type LoadedModel, loadChatModel } from './transformers-chat-model.ts';
import { loadEmbedder } from './transformers-embedder.ts';
import { failureOf, type LocalFailure } from './transformers-failure.ts';
import { GenerationGate } from './transformers-gate.ts';
import type { LocalWork, ModelThreadData, ThreadReply, ThreadRequest } from './transformers-messages.ts';
import { importLibrary } from './transformers-package.ts';
import { chooseWeights } from './transformers-weights.ts';

const LOADERS = { 'text-generation': loadChatModel, 'feature-extraction': loadEmbedder } as const;

const LOAD_FAILURE: LocalFailure = {
  status: 503,
  code: 'local_model_unavailable',
  message: 'The local model cannot be loaded; the log of the router says why.',
};

const RUN_FAILURE: LocalFailure = {
  status: 500,
  code: 'local_model_failed',
  message: 'The local model failed while it answered; the log of the router says why.',
};

const data = workerData as ModelThreadData;
let loading: Promise<LoadedModel> | undefined;

function emit(reply: ThreadReply): void {
  parentPort?.postMessage(reply);
}

async function load(): Promise<LoadedModel> {
  const library = await importLibrary(data.packageName);
  const dtype = await chooseWeights(data.folder, data.dtype);
  return LOADERS[data.task](library, data, dtype);
}

async function serve(work: LocalWork, gate: GenerationGate): Promise<void> {
  let otherwise = LOAD_FAILURE;
  try {
    loading ??= load();
    const model = await loading;
    otherwise = RUN_FAILURE;
    await model.run(work, gate, emit);
  } catch (thrown) {
    emit({ kind: 'failed', failure: failureOf(thrown, otherwise) });
  }
}

async function dispose(): Promise<void> {
  parentPort?.close();
  // What could not be loaded has been reported to the work that asked for it.
  const model = await loading?.catch(() => undefined);
  await model?.dispose();
}

parentPort?.on('message', (request: ThreadRequest) => {
  if (request.kind === 'work') void serve(request.work, new GenerationGate(request.gate));
  else void dispose();
});

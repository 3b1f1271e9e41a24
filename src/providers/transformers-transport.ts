import { errorBody, wholeAnswer } from './transformers-answer.ts';
import { readBody, readChatCall, readEmbeddingCall } from './transformers-call.ts';
import { failureOf, type LocalFailure, LocalModelError } from './transformers-failure.ts';
import { findModelFolder } from './transformers-folder.ts';
import { GenerationGate } from './transformers-gate.ts';
import { type LocalJob, ModelHost } from './transformers-host.ts';
import { ChatJob, EmbeddingJob, type JobOptions } from './transformers-job.ts';
import type { ModelThreadData } from './transformers-messages.ts';
import { type LocalModelSettings, readLocalSettings } from './transformers-settings.ts';
import { ReplyValve } from './transformers-valve.ts';
import type { ReplyHandler, Transport, TransportRequest, TransportSurroundings } from './transport.ts';

export interface TransformersOptions extends TransportSurroundings {
  /** What the threads import for the library. */
  readonly packageName?: string;
}

const LIBRARY = '@huggingface/transformers';

const UNEXPECTED: LocalFailure = {
  status: 500,
  code: 'local_model_failed',
  message: 'The local model could not be asked.',
};

const QUEUE_FULL: LocalFailure = {
  status: 429,
  code: 'local_model_busy',
  message: 'Too many requests wait for this local model; it answers one at a time.',
};

/**
 * A transport without network: every model of a local folder lives in a thread of its own, speaks openai-chat or
 * embeddings, is loaded by its first request and let go when nobody has asked for a while.
 */
export function openTransformersTransport(options: TransformersOptions): Transport {
  const models = new LocalModels(options);
  return {
    send: (request, handler) => models.send(request, handler),
    close: () => models.close(),
  };
}

interface PreparedCall {
  readonly settings: LocalModelSettings;
  readonly model: string;
  createJob(options: JobOptions): LocalJob;
}

class LocalModels {
  readonly #options: TransformersOptions;
  readonly #hosts = new Map<string, ModelHost>();
  #isClosed = false;

  constructor(options: TransformersOptions) {
    this.#options = options;
  }

  send(request: TransportRequest, handler: ReplyHandler): void {
    const gate = new GenerationGate();
    const valve = new ReplyValve(handler, gate);
    this.#start(request, valve, gate).catch((thrown: unknown) => this.#refuse(valve, failureOf(thrown, UNEXPECTED)));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#hosts.values()].map((host) => host.close()));
  }

  async #start(request: TransportRequest, valve: ReplyValve, gate: GenerationGate): Promise<void> {
    const call = prepareCall(request, this.#options.dataDir);
    const { settings } = call;
    const folder = await findModelFolder(settings, call.model);
    if (valve.isOver) return;
    if (this.#isClosed) return valve.push({ kind: 'broken', error: new Error('the local models are shut down') });
    const job = call.createJob({ valve, gate, idleUnloadMs: settings.idleUnloadMs });
    const host = this.#hostOf(folder, settings);
    if (!host.offer(job)) throw new LocalModelError(QUEUE_FULL);
    valve.onAbort(() => host.withdraw(job));
  }

  #refuse(valve: ReplyValve, failure: LocalFailure): void {
    if (failure.detail !== undefined) this.#options.onNotice(failure.detail);
    valve.push(...wholeAnswer(failure.status, errorBody(failure)));
  }

  /** Models that are loaded in another way are other models. */
  #hostOf(folder: string, { task, dtype, device }: LocalModelSettings): ModelHost {
    const thread: ModelThreadData = {
      folder,
      task,
      dtype,
      device,
      packageName: this.#options.packageName ?? LIBRARY,
    };
    const key = JSON.stringify(thread);
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    const { onNotice } = this.#options;
    const host = new ModelHost({ thread, onNotice, onUnload: () => this.#hosts.delete(key) });
    this.#hosts.set(key, host);
    return host;
  }
}

function prepareCall(request: TransportRequest, dataDir: string): PreparedCall {
  const { body, model } = readBody(request);
  const isEmbedding = request.endpoint.path.split('?', 1)[0]?.endsWith('/embeddings') ?? false;
  if (isEmbedding) {
    const call = readEmbeddingCall(body, model);
    const settings = readLocalSettings(request.model, model, 'feature-extraction', dataDir);
    return { settings, model, createJob: (options) => new EmbeddingJob(call, options) };
  }
  const call = readChatCall(body, model);
  const settings = readLocalSettings(request.model, model, 'text-generation', dataDir);
  const { contextWindow, maxOutputTokens } = settings;
  const work = { ...call.work, contextWindow, maxTokens: call.work.maxTokens ?? maxOutputTokens };
  return { settings, model, createJob: (options) => new ChatJob({ ...call, work }, options) };
}

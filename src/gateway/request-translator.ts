import type { ChatRequest } from '../canonical/chat.ts';
import type { ContentPart, Message } from '../canonical/content.ts';
import type { Loss } from '../canonical/loss.ts';
import { estimatePromptTokens } from '../canonical/needs.ts';
import { originOf } from '../canonical/origin.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import type { JsonObject } from '../lib/json.ts';
import { adaptTools } from '../protocols/adapt-tools.ts';
import type { EncodeOptions, UpstreamProtocol } from '../protocols/protocol.ts';
import type { ToolNames } from '../protocols/tool-names.ts';
import { exactBodyOf } from './exact-body.ts';
import type { ThoughtMemory } from './thought-memory.ts';
import type { PlannedRequest, PlanOptions } from './upstream-call.ts';

export interface TranslatedRequest {
  readonly body: JsonObject;
  readonly losses: readonly Loss[];
  /** Leads back to the client's names of tools; undefined where they are the provider's. */
  readonly names: ToolNames | undefined;
}

/** One request in the words of any provider. Decoded once, whatever is tried. */
export class RequestTranslator {
  readonly #request: PlannedRequest;
  readonly #chat: ChatRequest;
  /** Losses depend on the format and hardly on the model, so one model of each format tells them for all. */
  readonly #losses = new Map<string, readonly Loss[]>();

  constructor(request: PlannedRequest, thoughts: ThoughtMemory) {
    const { dialect, head } = request;
    const chat = { ...dialect.decodeRequest(exactBodyOf(request)), stream: head.stream };
    this.#request = request;
    this.#chat = { ...chat, messages: thoughts.recall(chat.messages, ownerOf(request)) };
  }

  lossesFor(model: ModelEntry, protocol: UpstreamProtocol): readonly Loss[] {
    const key = `${protocol.id} ${model.isReasoningModel}`;
    const known = this.#losses.get(key) ?? this.translate(model, protocol, { withoutSeals: false }).losses;
    this.#losses.set(key, known);
    return known;
  }

  translate(model: ModelEntry, protocol: UpstreamProtocol, { withoutSeals }: PlanOptions): TranslatedRequest {
    const chat = withoutSeals ? { ...this.#chat, messages: this.#chat.messages.map(unsealed) } : this.#chat;
    const { request, losses, names } = adaptTools(chat, protocol.tools, protocol.id);
    const limited = withLimit(request, model.maxOutputTokens);
    const encoded = protocol.encodeRequest(limited, this.#optionsFor(model, protocol));
    const lowered = limited === request ? [] : [LOWERED_LIMIT];
    return { body: encoded.body, losses: [...losses, ...lowered, ...encoded.losses], names };
  }

  #optionsFor(model: ModelEntry, protocol: UpstreamProtocol): EncodeOptions {
    const { spec } = model.provider;
    const quirks = model.isReasoningModel ? spec.reasoningModels : undefined;
    return {
      model: this.#request.upstreamName ?? model.upstreamName,
      contextWindow: model.contextWindow,
      maxOutputTokens: defaultLimit(model),
      defaults: protocol.encodeDefaults(model.defaultParams, model.upstreamName),
      estimatedInputTokens: estimatePromptTokens(this.#request.head.needs),
      isReasoningModel: model.isReasoningModel,
      limitMember: quirks?.limitMember ?? 'max_tokens',
      refusedParameters: quirks === undefined ? NONE : new Set(quirks.refuses),
      reasoningMember: spec.reasoningMember,
      origin: originOf(protocol.id, model.provider.name),
    };
  }
}

const NONE: ReadonlySet<string> = new Set();

const LOWERED_LIMIT: Loss = {
  field: 'max_tokens',
  outcome: 'approximated',
  reason: 'the longest answer of the model',
  severity: 'minor',
};

/** Clients ask for the longest answer of the model that they think they talk to; others refuse so much. */
function withLimit(request: ChatRequest, longestAnswer: number | undefined): ChatRequest {
  const isTooLong = longestAnswer !== undefined && (request.maxOutputTokens ?? 0) > longestAnswer;
  return isTooLong ? { ...request, maxOutputTokens: longestAnswer } : request;
}

/** Whose thoughts a conversation holds. */
export function ownerOf({ caller }: PlannedRequest): string {
  return caller.keyId ?? '';
}

function defaultLimit(model: ModelEntry): number | undefined {
  const { max_tokens: limit, max_completion_tokens: newer } = model.defaultParams;
  const said = newer ?? limit;
  return typeof said === 'number' ? said : model.maxOutputTokens;
}

/** Thoughts without what their maker sealed; those that were nothing else are gone. */
function unsealed(message: Message): Message {
  const content = message.content.flatMap((part): ContentPart[] => {
    if (part.type === 'tool-call') {
      const { signature: _, origin: __, ...call } = part;
      return [call];
    }
    return part.type === 'reasoning' ? [] : [part];
  });
  return { ...message, content };
}

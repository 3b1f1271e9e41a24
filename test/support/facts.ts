import { LossLedger } from '../../src/canonical/loss.ts';
import type { AnswerFacts, EncodeOptions, StreamFacts } from '../../src/protocols/protocol.ts';

const COMMON = {
  requestId: '01TEST',
  createdAt: 1_700_000_000,
  provider: 'acme',
  model: 'large',
  body: {},
  origin: 'openai-chat:acme',
};

/** Facts of an answer; what a test does not say has a harmless value. */
export function answerFacts(facts: Partial<AnswerFacts> = {}): AnswerFacts {
  return { ...COMMON, ledger: new LossLedger(), costUsd: undefined, raw: {}, ...facts };
}

/** The same for a stream. */
export function streamFacts(facts: Partial<StreamFacts> = {}): StreamFacts {
  return {
    ...COMMON,
    ledger: new LossLedger(),
    preferEventStream: true,
    includeUsage: true,
    estimatedInputTokens: 7,
    costOf: () => undefined,
    ...facts,
  };
}

/** What an encoder of requests is told. */
export function encodeOptions(options: Partial<EncodeOptions> = {}): EncodeOptions {
  return {
    model: 'upstream-model',
    contextWindow: undefined,
    maxOutputTokens: undefined,
    defaults: {},
    isReasoningModel: false,
    limitMember: 'max_tokens',
    refusedParameters: new Set(),
    reasoningMember: undefined,
    estimatedInputTokens: 0,
    origin: 'openai-chat:acme',
    ...options,
  };
}

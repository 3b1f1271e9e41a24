import { createId } from '../../../src/lib/ids.ts';
import type { InvocationRecord } from '../../../src/monitor/invocation-record.ts';

/** 2026-11-20T12:00:00Z */
export const NOON = Date.UTC(2026, 10, 20, 12);

/** A successful call; `changes` says what is different about this one. */
export function sampleRecord(changes: Partial<InvocationRecord> = {}): InvocationRecord {
  return {
    id: createId(NOON),
    requestId: 'request-1',
    batchIndex: undefined,
    startedAt: NOON,
    durationMs: 812.5,
    firstTokenMs: 200,
    dialect: 'openai-chat',
    endpoint: '/v1/chat/completions',
    apiKeyName: 'team-a',
    apiKeyId: 'aaaaaaaaaaaa',
    authType: 'api_key',
    requestedModel: 'openai/mini',
    query: '{"tags":["chat"]}',
    providerName: 'openai',
    providerId: 1,
    modelName: 'mini',
    modelId: 2,
    reason: 'priority 5, 1 candidate',
    attempts: [{ model: 'openai/mini', outcome: 'ok', durationMs: 800 }],
    status: 'success',
    cancelled: false,
    errorCode: undefined,
    errorMessage: undefined,
    upstreamStatus: undefined,
    stream: false,
    passthrough: true,
    finishReason: 'stop',
    usage: { inputTokens: 10, cacheReadTokens: 4, cacheWriteTokens: 1, outputTokens: 6, reasoningTokens: 2 },
    usageSource: 'provider',
    costUsd: 0.0015,
    loss: undefined,
    needs: '',
    snapshotVersion: 3,
    ...changes,
  };
}

import type { Ability } from '../canonical/needs.ts';
import type { Catalog } from '../config/catalog.ts';
import { ERROR_CODES } from '../errors/codes.ts';
import type { RouterError } from '../errors/router-error.ts';
import type { Clock } from '../lib/clock.ts';
import { createId } from '../lib/ids.ts';
import type { InvocationRecord } from '../monitor/invocation-record.ts';
import { costOf } from '../monitor/pricing.ts';
import { describeQuery } from '../routing/describe-query.ts';
import type { Invocation } from './invocation.ts';
import { lossHeader } from './losses.ts';

export interface RecordDependencies {
  readonly clock: Clock;
  readonly catalog: Catalog;
}

/** Builds the one record of a call, at its end. */
export function buildRecord(invocation: Invocation, { clock, catalog }: RecordDependencies): InvocationRecord {
  const { request, query, model, error, usage } = invocation;
  const { caller, question } = request;
  const isCancelled = error?.code.startsWith('client.') === true;
  return {
    id: createId(invocation.startedAtWall),
    requestId: request.requestId,
    batchIndex: request.batchIndex,
    startedAt: invocation.startedAtWall,
    durationMs: clock.now() - invocation.startedAt,
    firstTokenMs: invocation.firstTokenAt && invocation.firstTokenAt - invocation.startedAt,
    dialect: request.dialect.id,
    endpoint: request.endpoint,
    apiKeyName: caller.keyName,
    apiKeyId: caller.keyId,
    authType: caller.authType,
    requestedModel: question.modelName,
    query: query === undefined ? '{}' : JSON.stringify(describeQuery(query)),
    needs: needsText(request.head.needs.abilities),
    providerName: model?.provider.name,
    providerId: model && catalog.providerId(model.provider.name),
    modelName: model?.name,
    modelId: model && catalog.modelId(model.key),
    reason: invocation.reason,
    attempts: invocation.attempts,
    status: error === undefined ? 'success' : 'error',
    cancelled: isCancelled,
    errorCode: error?.code,
    errorMessage: error && recordedMessage(error),
    upstreamStatus: error?.upstreamStatus,
    stream: request.head.stream,
    passthrough: invocation.isPassthrough,
    finishReason: invocation.finishReason,
    usage,
    usageSource: usage && (invocation.isUsageEstimated ? 'estimated' : 'provider'),
    costUsd: usage && model && costOf(model.price, usage),
    loss: invocation.allLosses.length === 0 ? undefined : lossHeader(invocation.allLosses),
    snapshotVersion: request.snapshot.version,
  };
}

function needsText(abilities: ReadonlySet<Ability>): string {
  return abilities.size === 0 ? '' : [...abilities].join(',');
}

/** A provider's own words may quote the prompt, and no prompt belongs in a record: its errors get the catalogue's. */
function recordedMessage(error: RouterError): string {
  return error.code.startsWith('upstream.') ? ERROR_CODES[error.code].publicMessage : error.publicMessage;
}

import { LossLedger } from '../canonical/loss.ts';
import type { RouterError } from '../errors/router-error.ts';
import type { Invocation } from './invocation.ts';

/**
 * The one error event, and the end, of a stream that has begun with heartbeats and for which no model has answered.
 * Where a format names a model in it, that is the name that the client asked for.
 */
export function encodeLateFailure({ request, startedAtWall }: Invocation, error: RouterError): string {
  const { dialect, requestId, question, body, preferEventStream } = request;
  const encoder = dialect.createStreamEncoder({
    requestId,
    createdAt: Math.floor(startedAtWall / 1000),
    provider: '',
    model: question.modelName ?? '',
    body,
    origin: '',
    ledger: new LossLedger(),
    preferEventStream,
    includeUsage: false,
    estimatedInputTokens: 0,
    costOf: () => undefined,
  });
  return encoder.fail(error);
}

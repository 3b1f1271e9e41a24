import type { Loss } from '../canonical/loss.ts';
import type { UnsupportedPolicy } from '../config/snapshot.ts';
import type { ModelLoss } from './upstream-call.ts';

/** What of these losses keeps a model from serving; undefined where nothing does. */
export function describeLosses(losses: readonly Loss[], policy: UnsupportedPolicy | undefined): ModelLoss | undefined {
  const serious = policy === 'reject' ? losses : losses.filter((loss) => loss.severity === 'meaning');
  if (serious.length === 0) return undefined;
  const fields = serious.map(({ field, reason }) => (reason === 'unsupported' ? field : `${field} (${reason})`));
  return { detail: `would lose ${fields.join(', ')}`, isTolerated: policy === 'warn' || policy === 'drop' };
}

/** More than a header should hold. */
const MAX_HEADER_ENTRIES = 16;

/** Value of `x-router-loss`: `field;reason;severity`, with commas between them. */
export function lossHeader(losses: readonly Loss[]): string {
  return losses
    .slice(0, MAX_HEADER_ENTRIES)
    .map(({ field, outcome, reason, severity }) => {
      const why = reason === 'unsupported' ? outcome : `${outcome}: ${reason}`;
      return [field, why, severity].map(plainText).join(';');
    })
    .join(', ');
}

/** Printable ASCII without the separators. */
function plainText(text: string): string {
  return text.replace(/[^\x20-\x7e]|[;,]/g, '_');
}

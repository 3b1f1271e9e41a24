import { RouterError } from '../errors/router-error.ts';

/** What `/models/…` names, and what to do with it. */
export interface ModelPath {
  readonly provider: string;
  /** Empty where only a provider is named. May hold `/`. */
  readonly model: string;
}

const PREFIX = '/models/';

/**
 * Splits `/models/{provider}/{model…}` with an optional suffix such as `/invoke`. The provider is the first segment;
 * the model is all the rest, with its slashes plain or encoded. Throws `request.invalid_path` for a broken escape.
 */
export function parseModelPath(path: string, suffix = ''): ModelPath {
  const rest = path.slice(PREFIX.length, path.length - suffix.length);
  const slashAt = rest.indexOf('/');
  if (slashAt === -1) return { provider: decodePath(rest), model: '' };
  return { provider: decodePath(rest.slice(0, slashAt)), model: decodePath(rest.slice(slashAt + 1)) };
}

/** The first segment of `/{provider}/v1/…`. */
export function parseProviderPath(path: string): string {
  return decodePath(path.slice(1, path.indexOf('/', 1)));
}

/** Percent escapes decoded. Throws `request.invalid_path` for a broken one. */
export function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RouterError('request.invalid_path', { publicMessage: 'The request path holds a broken percent escape.' });
  }
}

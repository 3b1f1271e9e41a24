import type { TextFormat } from './shape.ts';

const MAX_NAME = 255;

function isName(text: string): boolean {
  return text.trim() !== '' && text.length <= MAX_NAME && !/\p{Cc}/u.test(text);
}

export const NAME: TextFormat = {
  expected: `a name of 1 to ${MAX_NAME} characters on one line`,
  accepts: isName,
};

/** `provider/model` is split at the first slash, so the name of a provider holds none. */
export const PROVIDER_NAME: TextFormat = {
  expected: `a name of 1 to ${MAX_NAME} characters on one line, without "/"`,
  accepts: (text) => isName(text) && !text.includes('/'),
};

export const MODEL_REFERENCE: TextFormat = {
  expected: 'a model as "provider/model"',
  accepts: (text) => /^[^/]+\/./.test(text),
};

export const VARIABLE_NAME: TextFormat = {
  expected: 'the name of an environment variable',
  accepts: (text) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text.trim()),
};

/** Variables are written as `${NAME}` in a text. */
export const PLACEHOLDER = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

function parseUrl(text: string): URL | undefined {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
  } catch {
    return undefined;
  }
}

/** True for an http(s) URL that has no user, password, query or fragment. */
export function isBaseUrl(text: string): boolean {
  const url = parseUrl(text);
  return url !== undefined && url.username === '' && url.password === '' && !/[?#]/.test(text);
}

export const BASE_URL: TextFormat = {
  expected: 'an http or https URL without user, password, query and fragment',
  // With variables inside, the URL is checked when they have been replaced.
  accepts: (text) => text.includes('${') || isBaseUrl(text.trim()),
};

export const WEB_URL: TextFormat = {
  expected: 'an http or https URL',
  accepts: (text) => hasReadableUser(parseUrl(text.trim())),
};

/** A name or password in a URL is percent-encoded: one that cannot be decoded cannot be sent either. */
function hasReadableUser(url: URL | undefined): boolean {
  if (url === undefined) return false;
  try {
    decodeURIComponent(url.username + url.password);
    return true;
  } catch {
    return false;
  }
}

export const URL_PATH: TextFormat = {
  expected: 'a path such as "/health"',
  accepts: (text) => /^[\w/~!$&'()*+,;=:@%.?-]*$/.test(text.trim()),
};

/** Characters that may stand in a header line. */
export function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(text);
}

export const HEADER_VALUE: TextFormat = {
  expected: 'a text of printable ASCII characters on one line',
  accepts: isHeaderValue,
};

export const HEADER_TEMPLATE: TextFormat = {
  expected: HEADER_VALUE.expected,
  // With variables inside, the value is checked when they have been replaced.
  accepts: (text) => text.includes('${') || isHeaderValue(text),
};

const HEADER_NAME_PATTERN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Headers that the connection itself must set. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function isHeaderName(text: string): boolean {
  return HEADER_NAME_PATTERN.test(text) && !CONNECTION_HEADERS.has(text.toLowerCase());
}

export const HEADER_NAME: TextFormat = {
  expected: 'the name of a header that may be set',
  accepts: isHeaderName,
};

const TOKENS = /^(\d{1,15}(?:\.\d{1,6})?)\s*([kKmM]?)$/;
const TOKEN_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1000, m: 1_000_000 };

/** Tokens in `128000`, `"128k"` (128,000) or `"1M"` (1,000,000); undefined for any other text. */
export function parseTokens(value: string | number): number | undefined {
  if (typeof value === 'number') return value;
  const [, digits, unit] = TOKENS.exec(value.trim()) ?? [];
  const tokens = Math.round(Number(digits) * (TOKEN_UNITS[(unit ?? '').toLowerCase()] ?? Number.NaN));
  return Number.isSafeInteger(tokens) && tokens > 0 ? tokens : undefined;
}

export const TOKENS_TEXT: TextFormat = {
  expected: 'a number of tokens such as "128k" or "1M"',
  accepts: (text) => parseTokens(text) !== undefined,
};

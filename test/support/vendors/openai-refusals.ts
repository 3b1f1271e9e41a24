import { type Refusal, retryHeaders } from './refusal.ts';
import type { ReceivedRequest, VendorError } from './script.ts';
import { type Problem, type Shape, type Step, typeOf, wantedType } from './shape.ts';

/** Errors of OpenAI's API: https://platform.openai.com/docs/guides/error-codes */
export interface OpenAiComplaint {
  readonly message: string;
  readonly param?: string;
  readonly code?: string;
  readonly status?: number;
}

export function openAiError({ message, param, code, status = 400 }: OpenAiComplaint): Refusal {
  const error = { message, type: 'invalid_request_error', param: param ?? null, code: code ?? null };
  return { status, body: { error }, reason: message, headers: { 'x-request-id': 'req_fake' } };
}

/** Types of scripted errors follow their status, as the vendor's do. */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  429: 'rate_limit_error',
  500: 'server_error',
  503: 'server_error',
};

export function openAiScriptedError(scripted: VendorError): Refusal {
  const { status, type: code, message } = scripted;
  const error = { message, type: ERROR_TYPES[status] ?? 'invalid_request_error', param: null, code };
  const headers = { 'x-request-id': 'req_fake', ...retryHeaders(scripted) };
  return { status, body: { error }, reason: message, headers };
}

export function openAiAuthorize({ headers }: ReceivedRequest, apiKey: string): Refusal | undefined {
  const key = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (key === apiKey) return undefined;
  if (key === undefined) {
    const message =
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth.";
    return openAiError({ status: 401, message });
  }
  const message = `Incorrect API key provided: ${key}. You can find your API key at https://platform.openai.com/account/api-keys.`;
  return openAiError({ status: 401, message, code: 'invalid_api_key' });
}

export const noSuchModel = (model: string): Refusal =>
  openAiError({
    status: 404,
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    code: 'model_not_found',
  });

export const noSuchUrl = (method: string, path: string): Refusal =>
  openAiError({ status: 404, message: `Invalid URL (${method} ${path})`, code: 'unknown_url' });

/** Reasoning models refuse what others take: https://platform.openai.com/docs/guides/reasoning */
export const isReasoningModel = (model: string): boolean => /^(o\d|gpt-5)/.test(model);

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a decimal',
  boolean: 'a boolean',
  array: 'an array',
  object: 'an object',
};

const VALUE_WORDS: Readonly<Record<string, string>> = { ...TYPE_WORDS, null: 'null', undefined: 'nothing' };

/** `messages[0].content[1].text`; variants taken on the way are not printed. */
export function pathText(path: readonly Step[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'object') return text;
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** A problem of shape in the vendor's words. */
export function phraseOpenAi(problem: Problem): OpenAiComplaint {
  const { kind, shape, value } = problem;
  const param = pathText(problem.path);
  switch (kind) {
    case 'unknown':
      return { message: `Unknown parameter: '${param}'.`, param, code: 'unknown_parameter' };
    case 'missing':
      return { message: `Missing required parameter: '${param}'.`, param, code: 'missing_required_parameter' };
    case 'type':
    case 'fraction':
      return {
        message: `Invalid type for '${param}': expected ${expected(shape)}, but got ${VALUE_WORDS[typeOf(value)]} instead.`,
        param,
        code: 'invalid_type',
      };
    case 'value':
    case 'tag':
      return {
        message: `Invalid value: '${value}'. Supported values are: ${supported(shape)}.`,
        param,
        code: 'invalid_value',
      };
    case 'pattern':
      return {
        message: `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${patternOf(shape)}'.`,
        param,
        code: 'invalid_value',
      };
    default:
      return boundComplaint(problem, param);
  }
}

/** Which bound, the word for it, and how the vendor calls going past it. */
const BOUNDS: Readonly<Record<string, readonly [what: string, limit: string, code: string]>> = {
  'too-short': ['string too short', 'a string with minimum length 1', 'string_below_min_length'],
  'too-long': ['string too long', 'a string with maximum length', 'string_above_max_length'],
  'too-few': ['empty array', 'an array with minimum length 1', 'empty_array'],
  'too-many': ['array too long', 'an array with maximum length', 'array_above_max_length'],
  below: ['below minimum value', 'a value >=', 'below_min_value'],
  above: ['above maximum value', 'a value <=', 'above_max_value'],
};

function boundComplaint({ kind, shape, value }: Problem, param: string): OpenAiComplaint {
  const [what, limit, code] = BOUNDS[kind] ?? ['invalid', 'something else', 'invalid_value'];
  const number = shape.kind === 'number' ? `${shape.integer === true ? 'integer' : 'decimal'} ` : '';
  const prefix = shape.kind === 'number' ? `${shape.integer === true ? 'integer' : 'decimal'}_` : '';
  const wanted = `${limit}${boundOf(shape, kind)}`;
  const got = typeof value === 'number' ? String(value) : `one with length ${(value as { length: number }).length}`;
  return {
    message: `Invalid '${param}': ${number}${what}. Expected ${wanted}, but got ${got} instead.`,
    param,
    code: prefix + code,
  };
}

function boundOf(shape: Shape, kind: string): string {
  if (shape.kind === 'number') return ` ${kind === 'below' ? shape.min : shape.max}`;
  if (kind === 'too-long' && shape.kind === 'string') return ` ${shape.maxLength}`;
  return kind === 'too-many' && shape.kind === 'array' ? ` ${shape.max}` : '';
}

function expected(shape: Shape): string {
  if (shape.kind === 'nullable') return expected(shape.shape);
  if (shape.kind === 'either') return `one of ${shape.shapes.map(expected).join(' or ')}`;
  if (shape.kind === 'number' && shape.integer === true) return 'an integer';
  return TYPE_WORDS[wantedType(shape) ?? 'object'] ?? 'something else';
}

function supported(shape: Shape): string {
  const values =
    shape.kind === 'string' ? (shape.values ?? []) : shape.kind === 'tagged' ? Object.keys(shape.variants) : [];
  const quoted = values.map((value) => `'${value}'`);
  return quoted.length < 2 ? quoted.join() : `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`;
}

const patternOf = (shape: Shape): string => (shape.kind === 'string' ? (shape.pattern?.source ?? '') : '');

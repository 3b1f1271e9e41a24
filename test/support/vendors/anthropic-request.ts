import { asArray, asObject, asString, type JsonObject } from '../../../src/lib/json.ts';
import type { Problem, Step } from './shape.ts';
import { wantedType } from './shape.ts';

/** What differs between generations: https://platform.claude.com/docs/en/about-claude/models/migrating-to-claude-4 */
export interface Generation {
  /** Whether other values than the defaults of temperature, top_p and top_k are taken. */
  readonly sampling: boolean;
  /** Whether `thinking.type` may be `enabled` with a budget. */
  readonly budget: boolean;
  readonly adaptive: boolean;
  readonly effort: boolean;
  /** Whether the conversation may end with words of the assistant. */
  readonly prefill: boolean;
  /** Whether `system` may stand among the messages. */
  readonly systemMessages: boolean;
}

const OLD = { sampling: true, budget: true, adaptive: false, effort: false, prefill: true, systemMessages: false };

const GENERATIONS: readonly (readonly [RegExp, Generation])[] = [
  [/-4-5/, OLD],
  [/-4-6/, { ...OLD, adaptive: true, effort: true, prefill: false }],
];

const NEWEST: Generation = {
  sampling: false,
  budget: false,
  adaptive: true,
  effort: true,
  prefill: false,
  systemMessages: true,
};

export function generationOf(model: string): Generation {
  return GENERATIONS.find(([pattern]) => pattern.test(model))?.[1] ?? NEWEST;
}

/** Consecutive messages of one role, which the vendor reads as one. */
export interface Turn {
  readonly role: string;
  /** Position of the first message. */
  readonly index: number;
  readonly blocks: readonly JsonObject[];
}

export interface MessageRequest {
  readonly body: JsonObject;
  readonly version: string;
  readonly generation: Generation;
  readonly turns: readonly Turn[];
  /** Thinking text by the signature under which it was sent out. */
  readonly signed: ReadonlyMap<string, string>;
  /** The signature of the thinking that led to a tool call, by the id of the call. */
  readonly signatureOfCall: ReadonlyMap<string, string>;
}

export function blocksOf(content: unknown): readonly JsonObject[] {
  const text = asString(content);
  return text === undefined ? asArray(content).map(asObject) : [{ type: 'text', text }];
}

export function turnsOf(body: JsonObject): readonly Turn[] {
  const turns: Turn[] = [];
  for (const [index, value] of asArray(body['messages']).entries()) {
    const { role, content } = asObject(value);
    if (role === 'system') continue;
    const blocks = blocksOf(content);
    const last = turns.at(-1);
    if (last !== undefined && last.role === role)
      turns[turns.length - 1] = { ...last, blocks: [...last.blocks, ...blocks] };
    else turns.push({ role: String(role), index, blocks });
  }
  return turns;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a valid string',
  number: 'a valid number',
  boolean: 'a valid boolean',
  array: 'a valid list',
  object: 'a valid dictionary',
};

/** A problem of shape in the words of the vendor: the place with the variants taken on the way, and what is wrong. */
export function phrase(problem: Problem): string {
  const path = problem.kind === 'tag' ? problem.path.slice(0, -1) : problem.path;
  return `${path.map(stepText).join('.')}: ${complaint(problem)}`;
}

const stepText = (step: Step): string => (typeof step === 'object' ? step.tag : String(step));

function complaint({ kind, shape, value }: Problem): string {
  switch (kind) {
    case 'unknown':
      return 'Extra inputs are not permitted';
    case 'missing':
      return 'Field required';
    case 'type':
      return `Input should be ${TYPE_WORDS[wantedType(shape) ?? 'array']}`;
    case 'value':
      return `Input should be ${listed(shape.kind === 'string' ? (shape.values ?? []) : [])}`;
    case 'tag':
      return tagComplaint(shape, value);
    case 'pattern':
      return `String should match pattern '${shape.kind === 'string' ? shape.pattern?.source : ''}'`;
    case 'too-short':
      return 'String should have at least 1 character';
    case 'too-long':
      return `String should have at most ${shape.kind === 'string' ? shape.maxLength : 0} characters`;
    case 'too-few':
      return 'List should have at least 1 item after validation';
    case 'too-many':
      return 'List has too many items';
    case 'below':
      return `Input should be greater than or equal to ${shape.kind === 'number' ? shape.min : 0}`;
    case 'above':
      return `Input should be less than or equal to ${shape.kind === 'number' ? shape.max : 0}`;
    case 'fraction':
      return 'Input should be a valid integer, got a number with a fractional part';
    default:
      return kind satisfies never;
  }
}

function tagComplaint(shape: Problem['shape'], value: unknown): string {
  const tags = shape.kind === 'tagged' ? Object.keys(shape.variants) : [];
  const expected = tags.map((tag) => `'${tag}'`).join(', ');
  return `Input tag '${value}' found using 'type' does not match any of the expected tags: ${expected}`;
}

function listed(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  return quoted.length < 2 ? quoted.join() : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

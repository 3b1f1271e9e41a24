import { boundMs } from './clocks.ts';
import type { Ending } from './fault.ts';
import type { Outcome } from './play-case.ts';
import type { CallRecord } from './records.ts';
import { TEXT, WORDS } from './shapes.ts';
import { SECRET } from './stage.ts';
import type { ModelState } from './states.ts';

/** What must hold for one outcome, as the differences that were found: none where all is well. */
export function deviationsOf(outcome: Outcome, records: readonly CallRecord[], state: ModelState): readonly string[] {
  const expected = expectationOf(outcome);
  const found: string[] = [];
  const check = (what: string, isTrue: boolean, seen: unknown): void => {
    if (!isTrue) found.push(`${what}; seen: ${JSON.stringify(seen)}`);
  };
  checkReading(outcome, expected, check);
  checkCalls(outcome, expected, check);
  checkState(outcome, expected, state, check);
  check('exactly one record', records.length === 1, records.length);
  const [record] = records;
  if (record !== undefined) checkRecord(record, outcome, expected, check);
  return found;
}

type Check = (what: string, isTrue: boolean, seen: unknown) => void;

interface Expectation {
  readonly ending: Ending;
  /** Attempts at the model with the fault. */
  readonly attempts: number;
  readonly isTakenOver: boolean;
}

/** Alone, a failure is tried again where that can help; with a fallback, the fallback answers. */
function expectationOf({ faultCase: { fault, hasFallback } }: Outcome): Expectation {
  const { ending, again = 'never', staysHere } = fault;
  const isTakenOver = ending.kind === 'error' && hasFallback && staysHere !== true;
  if (ending.kind !== 'error') return { ending, attempts: 1, isTakenOver };
  const isAskedAgain = again === 'first' || (again === 'last' && !isTakenOver);
  return {
    ending: isTakenOver ? { kind: 'answer', usage: 'provider' } : ending,
    attempts: isAskedAgain ? 2 : 1,
    isTakenOver,
  };
}

function checkReading({ faultCase: { fault, mode }, reading }: Outcome, { ending }: Expectation, check: Check): void {
  check(`ends within ${boundMs(fault)} ms`, reading.durationMs <= boundMs(fault), reading.durationMs);
  check('the body ends properly', reading.hasProperEnd, reading.raw.slice(-100));
  check('no key of a provider is shown', !reading.raw.includes(SECRET), reading.raw.slice(0, 300));
  check('no answer that nobody asked for', !reading.raw.includes('POISON'), reading.raw.slice(0, 300));
  if (ending.kind === 'answer') checkAnswer(reading, ending.text ?? TEXT, mode === 'stream', check);
  else if (ending.kind === 'error') checkError(reading, ending, check);
  else checkEvent(reading, ending, check);
}

type Reading = Outcome['reading'];

function checkAnswer(reading: Reading, text: string, isStream: boolean, check: Check): void {
  check('status 200', reading.status === 200, [reading.status, reading.raw.slice(0, 300)]);
  check('the exact text', reading.text === text, reading.text);
  check('no error', reading.errors.length === 0, reading.errors);
  if (isStream) check('the end marker', reading.hasEnd, reading.raw.slice(-200));
}

/** Anthropic has a status of its own for a provider with too much to do. */
const SAME_STATUS: Readonly<Record<number, number>> = { 529: 503 };

function checkError(reading: Reading, ending: Ending & { kind: 'error' }, check: Check): void {
  const { status, code, retryAfterMs } = ending;
  const seen = SAME_STATUS[reading.status] ?? reading.status;
  check(`status ${status}`, seen === status, [reading.status, reading.raw.slice(0, 300)]);
  check(`the error ${code}`, reading.errors.length === 1 && reading.errors[0] === code, reading.errors);
  if (retryAfterMs === undefined) return;
  const told = Number(reading.headers.get('retry-after-ms'));
  check('a whole number of seconds in retry-after', /^\d+$/.test(reading.headers.get('retry-after') ?? ''), null);
  check(`a time to come back, at most ${retryAfterMs} ms`, told > 0 && told <= retryAfterMs + 500_000, told);
}

function checkEvent(reading: Reading, ending: Ending & { kind: 'event' }, check: Check): void {
  const { pieces, code } = ending;
  check('status 200', reading.status === 200, [reading.status, reading.raw.slice(0, 300)]);
  if (Number.isNaN(pieces)) check('words without end', /^(again )+$/.test(reading.text), reading.text.slice(0, 100));
  else check(`exactly ${pieces} pieces`, reading.text === WORDS.slice(0, pieces).join(''), reading.text);
  check(`one error event, ${code}`, reading.errors.length === 1 && reading.errors[0] === code, reading.errors);
  check('nothing behind the error event', !reading.goesOnAfterError, reading.raw.slice(-300));
  check('no word of an end', !reading.hasStop && !reading.hasEnd, reading.raw.slice(-300));
}

/** Doors that nobody can count at. */
const UNCOUNTED: ReadonlySet<string | undefined> = new Set(['none', 'no-name', 'full']);

function checkCalls({ faultCase: { fault }, calls }: Outcome, { attempts }: Expectation, check: Check): void {
  if (UNCOUNTED.has(fault.door?.kind)) return;
  const expected = attempts * (fault.callsPerAttempt ?? 1);
  // Where the first clock is short, a busy machine may let it ring before the request has arrived.
  const isEnough = fault.clock === 'first-token' ? calls.length <= expected : calls.length === expected;
  check(`the provider is asked ${expected} times`, isEnough, calls.length);
  const [first, second] = calls;
  if (fault.gapMs === undefined || first === undefined || second === undefined) return;
  check(`no second call within ${fault.gapMs} ms`, second - first >= fault.gapMs, second - first);
}

/** Failures that say nothing about the health of the model. */
const NO_STRIKE: ReadonlySet<string> = new Set([
  'upstream.auth',
  'upstream.conflict',
  'upstream.not_found',
  'upstream.quota',
  'upstream.rate_limited',
  'upstream.rejected',
  'upstream.too_large',
]);

/** Failures before the provider can have seen a request. */
const UNSEEN = 'upstream.unreachable';

/** What the vendors of this suite say that an answer has used. */
const TOKENS_OF_ANSWER = 15;

function checkState({ faultCase }: Outcome, { attempts }: Expectation, state: ModelState, check: Check): void {
  const { ending, warmUps = 0, isBlameless = false } = faultCase.fault;
  const code = ending.kind === 'answer' ? undefined : ending.code;
  const strikes = code === undefined || isBlameless || NO_STRIKE.has(code) ? 0 : attempts;
  check(`${strikes} failures that count`, state.strikes === strikes, state.strikes);
  check('no place is kept', state.underWay === 0, state.underWay);
  const requests = warmUps + (code === UNSEEN ? 0 : attempts);
  check(`${requests} requests off the limit`, Math.round(state.usedRequests) === requests, state.usedRequests);
  const tokens = Math.round(state.usedTokens);
  const spent = TOKENS_OF_ANSWER * (warmUps + (ending.kind === 'answer' && ending.usage === 'provider' ? 1 : 0));
  const isEstimated = ending.kind === 'event' || (ending.kind === 'answer' && ending.usage === 'estimated');
  check('tokens off the limit as used', isEstimated ? tokens > 0 && tokens < 200 : tokens === spent, tokens);
}

function checkRecord(record: CallRecord, outcome: Outcome, expected: Expectation, check: Check): void {
  const { fault, hasFallback, name, mode } = outcome.faultCase;
  const { ending, attempts, isTakenOver } = expected;
  const code = ending.kind === 'answer' ? null : ending.code;
  check('the status in the record', record.status === (code === null ? 'success' : 'error'), record.status);
  check(`the error ${code} in the record`, record.error_code === code, record.error_code);
  check('not recorded as cancelled', !record.cancelled, record.cancelled);
  check('recorded as a stream or not', record.is_stream === (mode === 'stream'), record.is_stream);
  const own = record.attempts.filter(({ model }) => model === `${name}/m`);
  const others = record.attempts.length - own.length;
  check(`${attempts} attempts at the model`, own.length === attempts, record.attempts);
  check('the attempt at the fallback', others === Number(isTakenOver), [hasFallback, record.attempts]);
  if (fault.ending.kind === 'error') checkFailedAttempts(own, fault.ending.code, check);
  const usage = usageOf(ending);
  if (usage !== undefined) check(`usage: ${usage}`, record.usage_source === usage, record.usage_source);
}

function checkFailedAttempts(own: CallRecord['attempts'], code: string, check: Check): void {
  const all = own.every(({ outcome, error_code }) => outcome === 'failed' && error_code === code);
  check(`each attempt failed with ${code}`, all, own);
}

/** A stream that broke has its tokens estimated: no vendor of these says before the end what was used. */
function usageOf(ending: Ending): string | undefined {
  if (ending.kind === 'event') return 'estimated';
  return ending.kind === 'error' ? undefined : ending.usage;
}

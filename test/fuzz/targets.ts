import { createParser } from 'eventsource-parser';
import { type BuildResult, loadRouterToml } from '../../src/config/load-router-toml.ts';
import { RouterError } from '../../src/errors/router-error.ts';
import { parseTarget } from '../../src/http/edge.ts';
import { FRAMINGS } from '../../src/lib/framing.ts';
import { isDeeperThan, parseJson } from '../../src/lib/json.ts';
import { parseRetryAfter } from '../../src/lib/retry-after.ts';
import { readSseFrames } from '../../src/lib/sse.ts';
import { skimResponse } from '../../src/protocols/openai-chat/skim-response.ts';
import { findProviderSpec, providerTypes } from '../../src/providers/registry.ts';
import { parseTagExpression } from '../../src/routing/parse-tag-expression.ts';

/** Something that reads what strangers write. */
export interface FuzzTarget {
  readonly name: string;
  /** Share of all inputs. */
  readonly weight: number;
  /** What inputs are made of, by mutation. */
  readonly seeds: readonly string[];
  /** Throws where a promise is broken; errors in the reader's own words are no breach. */
  readonly run: (input: string) => void;
}

const NOW = 1_795_000_000_000;
const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

function allowed(read: () => unknown): void {
  try {
    read();
  } catch (thrown) {
    if (!(thrown instanceof RouterError) || thrown.code === 'internal.unexpected') throw thrown;
  }
}

function check(isTrue: boolean, promise: string): void {
  if (!isTrue) throw new Error(`broken promise: ${promise}`);
}

function readRetryAfter(input: string): void {
  for (const name of ['retry-after', 'retry-after-ms']) {
    const ms = parseRetryAfter({ [name]: input }, NOW);
    check(ms === undefined || (ms >= 0 && ms <= YEAR_MS), 'a wait is a number of milliseconds within a year');
  }
}

/** The data of the events, as the reference reads them from the whole text at once. */
function referenceData(input: string): string[] {
  const data: string[] = [];
  const parser = createParser({ onEvent: (event) => data.push(event.data) });
  parser.feed(input.replace(/^\uFEFF/, ''));
  return data;
}

function frameInPieces(bytes: Buffer, cut: number): string[] {
  const framer = FRAMINGS.sse.createFramer();
  const frames = [framer.push(bytes.subarray(0, cut)), framer.push(bytes.subarray(cut))];
  return frames.flatMap((piece) => (piece === undefined ? [] : readSseFrames(piece))).map(({ data }) => data);
}

function readEvents(input: string): void {
  // Ended, because a lone CR at the end may still become CRLF. NUL is left out: an id with one is to be ignored.
  const bytes = Buffer.from(`${input.replaceAll('\0', '')}\n\n`);
  const whole = frameInPieces(bytes, bytes.length);
  const cut = bytes.length === 0 ? 0 : (bytes[0] ?? 0) % bytes.length;
  check(
    JSON.stringify(frameInPieces(bytes, cut)) === JSON.stringify(whole),
    'a stream reads the same however it is cut',
  );
  const expected = referenceData(bytes.toString('utf8'));
  check(JSON.stringify(whole) === JSON.stringify(expected), 'events are read as the reference reads them');
}

function readBody(input: string): void {
  const parsed = parseJson(input);
  if (parsed.ok) isDeeperThan(parsed.value, 128);
  skimResponse(input);
}

function loadConfig(input: string): void {
  const result: BuildResult = loadRouterToml(Buffer.from(input), {
    findSpec: findProviderSpec,
    providerTypes: providerTypes(),
    file: 'router.toml',
    env: {},
    overrides: {},
    version: 1,
    now: NOW,
  });
  check(result.ok || result.problems.length > 0, 'a file that is rejected says why');
}

const chunk = 'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}';

export const TARGETS: readonly FuzzTarget[] = [
  {
    name: 'Retry-After',
    weight: 0.34,
    seeds: [
      '1',
      '1.5',
      '86400',
      'Sun, 06 Nov 1994 08:49:37 GMT',
      'Sunday, 06-Nov-94 08:49:37 GMT',
      '-1',
      '1e9',
      ' 7 ',
      '',
    ],
    run: readRetryAfter,
  },
  {
    name: 'request target',
    weight: 0.25,
    seeds: [
      '/v1/chat/completions',
      '/api/models/a%2Fb/c:free',
      '/a//b',
      '/../x',
      '/%2e%2e/',
      'http://x/',
      '*',
      '/x?y=%00#z',
    ],
    run: (input) => allowed(() => parseTarget(input)),
  },
  {
    name: 'tag expression',
    weight: 0.2,
    seeds: ['coding+fast|cheap+!local?prefer=free,qwen', 'a', '!a', 'a%2Bb', '?prefer=', '%', '+|!+'],
    run: (input) => allowed(() => parseTagExpression(input)),
  },
  {
    name: 'server-sent events',
    weight: 0.1,
    seeds: [
      `${chunk}\n\n${chunk}\n\ndata: [DONE]\n\n`,
      'event: a\r\ndata: 1\r\ndata: 2\r\n\r\n',
      ': c\n\ndata:x\n\n',
      'id: 1\rdata: é\r\r',
    ],
    run: readEvents,
  },
  {
    name: 'JSON body',
    weight: 0.1,
    seeds: [
      '{"model":"a","messages":[{"role":"user","content":"hi"}]}',
      '[[[[{"__proto__":1}]]]]',
      '{"usage":{"prompt_tokens":1e99}}',
      '"\\ud800"',
    ],
    run: readBody,
  },
  {
    name: 'router.toml',
    weight: 0.01,
    seeds: [
      '[[providers]]\nname = "m"\ntype = "mock"\n[[models]]\nname = "x"\nprovider = "m"\ntags = ["a"]\n[models.rate_limit]\nmax_requests = 1\n',
      '[server]\nport = 1\n[retry]\nmax_attempts = 2\n[[routes]]\nname = "r"\ntags = ["a"]\n[[api_keys]]\nkey = "k"\n',
      'a.b.c = [1, {x = 1979-05-27}]\n"\\u0000" = 1\n',
    ],
    run: loadConfig,
  },
];

import { existsSync, readFileSync } from 'node:fs';
import { NO_NEEDS } from '../canonical/needs.ts';
import type { Environment } from '../config/environment.ts';
import type { RouterSnapshot } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import { isJsonObject, type JsonObject, parseJson } from '../lib/json.ts';
import type { RequestHead } from '../protocols/protocol.ts';
import { routerNativeDialect } from '../protocols/router-native/router-native.ts';
import { buildQuery } from '../routing/build-query.ts';
import type { Explanation } from '../routing/decision.ts';
import { readBodySelection } from '../routing/read-selection.ts';
import { explain } from '../routing/router-engine.ts';
import { IDLE_STATE } from '../routing/routing-state.ts';
import { EXIT_CONFIG } from '../startup-error.ts';
import { type CommandLine, optionText, UsageError } from './arguments.ts';
import { loadSnapshot } from './load-snapshot.ts';

const EXIT_NO_CANDIDATE = 1;

/** Explains a question against the file alone, without a running server: buckets count as full. */
export function explainQuestion(line: CommandLine, env: Environment): number {
  const snapshot = loadSnapshot(line, env);
  if (snapshot === undefined) return EXIT_CONFIG;
  try {
    const explanation = explainRequest(snapshot, readQuestion(line));
    console.log(line.options['json'] === true ? JSON.stringify(explanation, undefined, 2) : format(explanation));
    return explanation.candidates.length > 0 ? 0 : EXIT_NO_CANDIDATE;
  } catch (thrown) {
    if (!(thrown instanceof RouterError)) throw thrown;
    console.error(thrown.publicMessage);
    return EXIT_NO_CANDIDATE;
  }
}

/** A request file with what the flags say put over it. */
function readQuestion({ options }: CommandLine): JsonObject {
  const file = optionText(options, 'file');
  const tags = optionText(options, 'tags');
  const model = optionText(options, 'model');
  return {
    ...(file === undefined ? {} : readRequestFile(file)),
    ...(tags === undefined ? {} : { tags }),
    ...(model === undefined ? {} : { model }),
  };
}

function readRequestFile(file: string): JsonObject {
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`);
  const parsed = parseJson(readFileSync(file, 'utf8'));
  if (!parsed.ok) throw new UsageError(`${file} is not JSON: ${parsed.message}`);
  if (!isJsonObject(parsed.value)) throw new UsageError(`${file}: expected a JSON object`);
  return parsed.value;
}

function explainRequest(snapshot: RouterSnapshot, body: JsonObject): Explanation {
  const request = isJsonObject(body['request']) ? body['request'] : body;
  const { model, needs } = readHead(request);
  const selections = [readBodySelection(body)];
  const context = { needs, permits: undefined, state: IDLE_STATE, now: performance.now() };
  return explain(snapshot, buildQuery(snapshot, { modelName: model, selections }), context);
}

function readHead(request: JsonObject): RequestHead {
  const hasWords = ['prompt', 'messages'].some((name) => request[name] !== undefined);
  if (hasWords) return routerNativeDialect.readHead(request);
  return { model: text(request['model']), stream: false, needs: NO_NEEDS };
}

function format({ candidates, excluded }: Explanation): string {
  const best = candidates.map(({ model, priority }, index) => `${index + 1}. ${model} (priority ${priority})`);
  const others = excluded.map(({ model, rule, detail }) => `-  ${model}: ${rule}${detail === '' ? '' : `, ${detail}`}`);
  return [...(best.length > 0 ? best : ['no model can serve this']), ...others].join('\n');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

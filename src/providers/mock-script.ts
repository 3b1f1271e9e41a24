import { asArray, asString, type JsonObject } from '../lib/json.ts';
import { nearestNames } from '../lib/nearest.ts';
import type { MockCall } from './mock-call.ts';
import { type MockScript, NUMBERS } from './mock-context.ts';
import { COUNTED_SCRIPTS } from './mock-counted.ts';
import { FAULT_SCRIPTS } from './mock-faults.ts';
import type { MockMemory } from './mock-memory.ts';
import { echo, REPLY_SCRIPTS, reply } from './mock-replies.ts';
import { errorReply, STATUS_SCRIPTS } from './mock-statuses.ts';
import type { MockSteps } from './mock-step.ts';

/** Everything the mock can do; docs/providers.md lists it. */
export const MOCK_SCRIPTS: readonly MockScript[] = [
  ...REPLY_SCRIPTS,
  ...STATUS_SCRIPTS,
  ...FAULT_SCRIPTS,
  ...COUNTED_SCRIPTS,
];

const PATTERNS: readonly (readonly [RegExp, MockScript])[] = MOCK_SCRIPTS.map((script) => [
  new RegExp(`^${script.form.replace(/<(\w+)>/g, (_all, kind: string) => `(${NUMBERS[kind] ?? '\\d+'})`)}$`),
  script,
]);

/** Names that begin so are meant as scripts. */
const SCRIPT_NAME = /^(?:mock|fault)-/;
const MAX_SCRIPT_LENGTH = 1000;

interface FoundScript {
  readonly script: MockScript;
  readonly numbers: readonly number[];
}

/** What a model of the mock is asked with. */
export interface MockQuestion {
  readonly call: MockCall;
  /** Under which its calls are counted. */
  readonly key: string;
  /** `[models.config]` of the model. */
  readonly config: JsonObject;
  readonly memory: MockMemory;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** The steps of the script that `config.script` or the model's name chooses; other names echo. */
export function scriptedSteps({ call, key, config, memory, now }: MockQuestion): MockSteps {
  const problem = mockScriptProblem(config);
  if (problem !== undefined) return errorReply(400, `script: ${problem}`);
  const name = scriptName(call.model, key, config, memory);
  const found = findScript(name);
  if (found !== undefined) {
    return found.script.play({
      call,
      numbers: found.numbers,
      tally: () => memory.tallyOf(`${key} ${name}`),
      now,
    });
  }
  if (name.startsWith('fault-')) return errorReply(404, `The mock has no script named ${name}.`);
  return reply(call, echo(call));
}

/**
 * What is wrong with `script` of `[models.config]`, said as what was expected; undefined where nothing is. It is a list
 * of names of scripts, one for each call, of which the last one stays.
 */
export function mockScriptProblem(config: JsonObject): string | undefined {
  const written = config['script'];
  if (written === undefined) return undefined;
  const names = asArray(written);
  if (names.length === 0 || names.length > MAX_SCRIPT_LENGTH || !names.every((name) => typeof name === 'string')) {
    return `expected a list of 1 to ${MAX_SCRIPT_LENGTH} names of scripts such as ["fault-status-503", "mock-echo"]`;
  }
  const unknown = names.map(String).find((name) => findScript(name) === undefined);
  if (unknown === undefined) return undefined;
  const [nearest] = nearestNames(
    unknown,
    MOCK_SCRIPTS.map(({ form }) => form),
    1,
  );
  const hint = nearest === undefined ? '' : `: did you mean "${nearest}"?`;
  return `expected names of scripts of the mock, found "${unknown}"${hint}`;
}

function scriptName(model: string, key: string, config: JsonObject, memory: MockMemory): string {
  const names = asArray(config['script']);
  if (names.length === 0) return model;
  const tally = memory.tallyOf(`${key} ${JSON.stringify(names)}`);
  const turn = Math.min(tally.calls, names.length - 1);
  tally.calls += 1;
  return asString(names[turn]) ?? model;
}

function findScript(name: string): FoundScript | undefined {
  if (!SCRIPT_NAME.test(name)) return undefined;
  for (const [pattern, script] of PATTERNS) {
    const match = pattern.exec(name);
    if (match !== null) return { script, numbers: match.slice(1).map(Number) };
  }
  return undefined;
}

import { asObject, type JsonObject } from '../../src/lib/json.ts';
import { NO_USAGE, type Script, says, type VendorAnswer, type VendorToolCall } from '../support/vendors/script.ts';
import type { VendorId } from '../support/vendors/vendors.ts';
import type { AgentModel, Step } from './agent.ts';
import { type OfferedTool, offeredTools, toolResults } from './offered-tools.ts';
import { FILES, type Task, wordsIn } from './task.ts';

const USAGE = { freshInput: 4_000, cacheRead: 1_000, cacheWrite: 0, output: 90, reasoning: 40 };
/** Small enough to cut inside of characters, and of the words that the answer is about. */
const PIECES = { codePoints: 3, writeBytes: 61 };
const SHOWN_CHARACTERS = 300;

const TITLE = 'Two files';
/** How hard the task is, in the words in which Gemini CLI wants it. */
const RATING = { complexity_reasoning: 'Two small files', complexity_score: 10 };

/** A model that calls the agent's tools step by step, and then says what they gave. */
export function scriptedModel(vendor: VendorId, { steps }: AgentModel, task: Task): Script {
  return ({ body: given }) => {
    const body = asObject(given);
    const results = toolResults(vendor, body);
    const tools = offeredTools(vendor, body);
    if (tools.length === 0 && results.length === 0) return besides(body);
    const step = nextStep(steps, results.length, task);
    if (step !== undefined) return takeStep(step, tools, task);
    return { ...says(reportOn(results.join('\n'), task), USAGE), pieces: PIECES };
  };
}

/** Agents ask small questions beside the task, without tools. */
function besides(body: JsonObject): VendorAnswer {
  const wantsRating = JSON.stringify(body).includes('complexity_score');
  return says(wantsRating ? JSON.stringify(RATING) : TITLE, USAGE);
}

/** The first step whose calls have not all been answered; the whole conversation comes with every request. */
function nextStep(steps: readonly Step[], resultCount: number, { folder }: Task): Step | undefined {
  let callCount = 0;
  return steps.find((step) => {
    callCount += step.calls(folder, FILES).length;
    return callCount > resultCount;
  });
}

function takeStep({ tool, calls }: Step, tools: readonly OfferedTool[], { folder }: Task): VendorAnswer {
  const offer = tools.find(({ name }) => tool.test(name));
  if (offer === undefined) return says(`No tool ${tool} among ${tools.map(({ name }) => name).join(', ')}`, USAGE);
  return {
    reasoning: { text: 'The tool has to be called first. 先调用工具。' },
    toolCalls: calls(folder, FILES).map((input) => callOf(offer, input)),
    finish: 'tool-calls',
    usage: { ...NO_USAGE, ...USAGE },
    interleaveToolCalls: true,
    pieces: PIECES,
  };
}

/** A free-form tool may be offered as a function with one text. */
function callOf({ name, isFreeForm, parameters }: OfferedTool, input: JsonObject | string): VendorToolCall {
  if (typeof input !== 'string') return { name, arguments: JSON.stringify(input) };
  if (isFreeForm) return { name, arguments: '{}', customInput: input };
  const [member = 'input'] = Object.keys(asObject(parameters['properties']));
  return { name, arguments: JSON.stringify({ [member]: input }) };
}

/** Words that are not there are the agent's or the router's doing: what was there instead is told. */
function reportOn(results: string, task: Task): string {
  const words = wordsIn(results);
  return words.size === FILES.length
    ? task.report(words)
    : `No words in what the tools gave: ${results.slice(0, SHOWN_CHARACTERS)}`;
}

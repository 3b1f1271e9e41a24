import type { Client, Conversation, Observation, ObservedError, Target } from './client.ts';
import type { Mode, Scenario, Step } from './scenario.ts';

/** What the user of an SDK has in hand after a scenario. */
export interface Outcome {
  readonly answers: readonly Observation[];
  readonly error?: ObservedError | 'any';
  /** What of a broken stream had come. */
  readonly pieces?: string;
}

/** Plays one scenario with one SDK against one server. */
export async function play(client: Client, target: Target, scenario: Scenario, mode: Mode): Promise<Outcome> {
  const conversation = client.begin(scenario.question);
  const answers: Observation[] = [];
  let pieces = '';
  const onText = (piece: string): void => {
    pieces += piece;
  };
  try {
    for (const step of [{}, ...(scenario.steps ?? [])]) {
      take(conversation, step);
      answers.push(await conversation.next({ target, stream: mode === 'streamed', onText }));
    }
  } catch (thrown) {
    if (scenario.ends === 'broken') return { answers, error: 'any', pieces };
    return { answers, error: client.describeError(thrown), pieces };
  }
  return { answers };
}

/** Adds to a conversation what the client says next. */
export function take(conversation: Conversation, { outputs, words }: Step): void {
  if (outputs !== undefined) conversation.give(outputs);
  if (words !== undefined) conversation.say(words);
}

import { invalidField } from '../../errors/router-error.ts';
import { asObject, isJsonObject, type JsonObject } from '../../lib/json.ts';
import { checkParameters, optionalFlag, optionalText, wrongField } from '../openai-checks.ts';
import { checkMessages, NeedsTally } from '../openai-needs.ts';
import type { RequestHead } from '../protocol.ts';
import { parametersOf } from './parameters.ts';

export function readHead(body: JsonObject): RequestHead {
  const model = optionalText(body['model'], 'model');
  const prompt = optionalText(body['prompt'], 'prompt');
  const stream = optionalFlag(body['stream'], 'stream');
  const tally = new NeedsTally();
  const hasMessages = checkOptionalMessages(body, tally);
  if (prompt === undefined && !hasMessages)
    throw invalidField('messages', 'expected messages or a prompt, got neither');
  tally.addText(prompt?.length ?? 0);
  checkBothPlaces(body);
  return { model, stream, needs: tally.finish(parametersOf(body)) };
}

/** An empty list counts as none. */
function checkOptionalMessages(body: JsonObject, tally: NeedsTally): boolean {
  const messages = body['messages'] ?? null;
  if (messages === null || (Array.isArray(messages) && messages.length === 0)) return false;
  checkMessages(messages, tally);
  return true;
}

function checkBothPlaces(body: JsonObject): void {
  const parameters = body['parameters'] ?? null;
  if (parameters !== null && !isJsonObject(parameters)) throw wrongField('parameters', 'an object', parameters);
  checkParameters(body, '');
  checkParameters(asObject(parameters), 'parameters.');
}

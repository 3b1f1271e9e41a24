import type { JsonObject } from '../../lib/json.ts';
import { checkParameters, optionalFlag, optionalText } from '../openai-checks.ts';
import { checkMessages, NeedsTally } from '../openai-needs.ts';
import type { RequestHead } from '../protocol.ts';

export function readHead(body: JsonObject): RequestHead {
  const model = optionalText(body['model'], 'model');
  const stream = optionalFlag(body['stream'], 'stream');
  const tally = new NeedsTally();
  checkMessages(body['messages'], tally);
  checkParameters(body, '');
  return { model, stream, needs: tally.finish(body) };
}

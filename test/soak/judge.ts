import { type Call, EARLY_FAULTS } from './traffic.ts';

/** What came back for one call; undefined where the client left before the end. */
export interface Reply {
  readonly status: number;
  /** The model that answered, by the router's word. */
  readonly model: string;
  readonly text: string;
}

const END_MARKS = ['data: [DONE]', 'event: message_stop', '"finishReason":"STOP"'];
const FOREIGN = /\bn[0-9a-z]+x[0-9a-z]+\b/g;
const PIECES = 8;
const SHAKY = 'shaky/model';

/** Why the reply is wrong; undefined where it is as promised. */
export function faultOf({ nonce, behaviour, api, isStream }: Call, reply: Reply): string | undefined {
  const seen = reply.text.match(FOREIGN) ?? [];
  if (seen.some((other) => other !== nonce)) return 'holds the text of another request';
  // While the shaky model rests the other one answers, and that one does what it should.
  const isBroken = isStream && behaviour !== 'fine' && !EARLY_FAULTS.has(behaviour) && reply.model === SHAKY;
  if (reply.status !== 200) return `answered ${reply.status}: ${reply.text.slice(0, 200)}`;
  if (isBroken) return brokenStreamFault(reply, seen.length);
  // The router's own endpoint shows the provider's answer beside the text.
  const expected = api === 'native' ? 2 * PIECES : PIECES;
  if (seen.length !== expected) return `holds ${seen.length} of ${expected} pieces`;
  if (isStream && !END_MARKS.some((mark) => reply.text.includes(mark))) return 'has no end mark';
  return undefined;
}

/** A stream that breaks: the exact prefix, one error, no end mark. */
function brokenStreamFault({ text }: Reply, pieces: number): string | undefined {
  if (pieces !== 3) return `holds ${pieces} pieces of a stream that broke after 3`;
  if (END_MARKS.some((mark) => text.includes(mark))) return 'ends as if it were whole';
  const errors = text.split('"error":').length - 1;
  return errors === 1 ? undefined : `holds ${errors} errors instead of one`;
}

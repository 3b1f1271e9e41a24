import type { ContentPart, ReasoningPart } from '../../canonical/content.ts';
import type { JsonObject } from '../../lib/json.ts';
import { wrapSeal } from '../seal.ts';

/*
 * Some providers seal a tool call instead of a thought. This format has no place for that at the call, but clients send
 * every redacted thought back as it came: so the seal travels as one, right before its call.
 */

const CALL_MARK = 'call~';

/** The block that carries the seal of the call after it. */
export function encodeCallSeal(origin: string, signature: string): JsonObject {
  return { type: 'redacted_thinking', data: wrapSeal(origin, CALL_MARK + signature) };
}

/** Gives the seals that came as thoughts back to the calls behind them. */
export function attachCallSeals(parts: readonly ContentPart[]): ContentPart[] {
  const attached: ContentPart[] = [];
  let waiting: ReasoningPart | undefined;
  for (const part of parts) {
    if (part.type === 'reasoning' && part.redacted?.startsWith(CALL_MARK) && part.origin !== undefined) {
      waiting = part;
    } else if (part.type === 'tool-call' && waiting !== undefined) {
      attached.push({ ...part, ...sealOf(waiting) });
      waiting = undefined;
    } else attached.push(part);
  }
  return attached;
}

function sealOf({ redacted, origin }: ReasoningPart): { signature?: string; origin?: string } {
  const signature = redacted?.slice(CALL_MARK.length) ?? '';
  return origin === undefined ? { signature } : { signature, origin };
}

import type { ServerResponse } from 'node:http';
import { stringify } from './raw-json.ts';
import type { VendorAnswer } from './script.ts';

/** One write of a stream. `piece` marks frames with content of the answer, which scripts count. */
export interface Frame {
  readonly text: string;
  readonly piece?: true;
}

export const dataFrame = (value: unknown): Frame => ({ text: `data: ${stringify(value)}\n\n` });
export const namedFrame = (event: string, value: unknown): Frame => ({
  text: `event: ${event}\ndata: ${stringify(value)}\n\n`,
});
export const lineFrame = (value: unknown): Frame => ({ text: `${stringify(value)}\n` });
export const asPiece = (frame: Frame): Frame => ({ ...frame, piece: true });

/** The frames up to and including so many pieces; all of them where there are fewer. */
export function upToPieces(frames: readonly Frame[], count: number): readonly Frame[] {
  let left = count;
  const end = frames.findIndex((frame) => {
    if (frame.piece === true) left -= 1;
    return left < 0;
  });
  return end === -1 ? frames : frames.slice(0, end);
}

/**
 * Writes the frames; the connection breaks where the script says so. It is closed and not reset, because a reset may
 * overtake pieces that were sent before it.
 */
export async function writeFrames(
  response: ServerResponse,
  frames: readonly Frame[],
  answer: VendorAnswer,
): Promise<void> {
  const kept = upToPieces(frames, answer.cutAfterPieces ?? answer.stallAfterPieces ?? Number.POSITIVE_INFINITY);
  for (const frame of kept) await writeBytes(response, Buffer.from(frame.text), answer.pieces?.writeBytes);
  if (answer.stallAfterPieces !== undefined) return;
  if (answer.cutAfterPieces === undefined) response.end();
  else response.socket?.destroy();
}

/** Sends a whole JSON body; of a cut answer only the first half. */
export async function writeWhole(response: ServerResponse, body: unknown, answer: VendorAnswer): Promise<void> {
  if (answer.stallAfterPieces !== undefined) return;
  const bytes = Buffer.from(stringify(body));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  if (answer.cutAfterPieces === undefined) {
    await writeBytes(response, bytes, answer.pieces?.writeBytes);
    response.end();
    return;
  }
  await written(response, bytes.subarray(0, bytes.length >> 1));
  response.socket?.destroy();
}

async function writeBytes(response: ServerResponse, bytes: Buffer, size: number | undefined): Promise<void> {
  const step = size ?? bytes.length;
  for (let at = 0; at < bytes.length; at += step) {
    if (response.destroyed) return;
    await written(response, bytes.subarray(at, at + step));
  }
}

/** Resolves when the bytes left the process, so that the next ones travel on their own. */
async function written(response: ServerResponse, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve) => response.write(bytes, () => resolve()));
}

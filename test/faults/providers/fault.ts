import type { Socket } from 'node:net';
import type { ErrorCode } from '../../../src/errors/codes.ts';
import type { Shape, ShapeId } from './shapes.ts';

export type Mode = 'whole' | 'stream';

/** One request that the provider has read. */
export interface Turn {
  readonly shape: Shape;
  readonly isStream: boolean;
  readonly socket: Socket;
  /** Which request of its case this is: 1 is the first. */
  readonly nth: number;
  /** An address that nobody may ever ask: redirects and the like lead there. */
  readonly canaryUrl: string;
  /** The path of the request itself. */
  readonly path: string;
  /** The answer is whole and the connection may serve again. Without it the router has to close the connection. */
  done(): void;
  /** Resolves when the client has received so many pieces of content. */
  clientHas(pieces: number): Promise<void>;
}

/** Writes an answer, or what stands for one. Errors of a socket that the router closed are no concern of it. */
export type Play = (turn: Turn) => void | Promise<void>;

/** What stands in the place of the provider's listener, where the fault comes before any request. */
export type Door =
  | { readonly kind: 'none' }
  | { readonly kind: 'no-name' }
  | { readonly kind: 'full' }
  | { readonly kind: 'tls'; readonly speaks: 'tls' | 'garbage' }
  | { readonly kind: 'accept'; readonly onAccept: (socket: Socket) => void };

/** What the client of a model without a fallback gets. */
export type Ending =
  /** The exact text. */
  | { readonly kind: 'answer'; readonly text?: string; readonly usage?: 'provider' | 'estimated' }
  | { readonly kind: 'error'; readonly status: number; readonly code: ErrorCode; readonly retryAfterMs?: number }
  /** So many exact pieces, then one error event, then the proper end. */
  | { readonly kind: 'event'; readonly pieces: number; readonly code: ErrorCode };

/** Which of the router's clocks is short for this fault, so that it ends the wait; all others are patient. */
export type ShortClock = 'connect' | 'first-token' | 'idle' | 'total';

export interface Fault {
  readonly id: string;
  readonly play?: Play;
  readonly door?: Door;
  readonly shapes?: readonly ShapeId[];
  readonly modes?: readonly Mode[];
  readonly ending: Ending;
  /** Whether the same model is asked again: before any other, only where no other is left, or never. */
  readonly again?: 'first' | 'last' | 'never';
  /** Errors that are the request's own are the same everywhere. */
  readonly staysHere?: true;
  readonly clock?: ShortClock;
  /** How often the provider is asked for one attempt, where that is not once. */
  readonly callsPerAttempt?: number;
  /** How many requests go well first, on the connection that the fault is about. */
  readonly warmUps?: number;
  /** The second call comes no earlier than so many milliseconds after the first. */
  readonly gapMs?: number;
  /** Does not count against the model's health, though its code does elsewhere. */
  readonly isBlameless?: true;
  /** Moves many megabytes: runs when nothing else does. */
  readonly isHeavy?: true;
}

/** One fault in one shape, streamed or not, alone or with a healthy fallback. */
export interface FaultCase {
  /** Unique; also the provider's name in router.toml. */
  readonly name: string;
  readonly fault: Fault;
  readonly client: ShapeId;
  readonly provider: ShapeId;
  readonly mode: Mode;
  readonly hasFallback: boolean;
}

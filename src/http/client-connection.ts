import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { NodeSink } from './node-sink.ts';

/** Requests that one connection may send ahead of their answers. */
const MAX_AHEAD = 64;

const NONE: readonly NodeSink[] = [];

/** One connection of a client and the requests on it: nearly always one at a time. */
export class ClientConnection {
  readonly socket: Socket;
  /** Came when there were too many already. */
  readonly isSurplus: boolean;
  #incoming: IncomingMessage | undefined;
  #sink: NodeSink | undefined;
  /** Of requests before the last one, where the client did not wait for their answers. */
  #earlier = NONE;
  #looks = 0;
  #bytesAtFirstLook = 0;

  constructor(socket: Socket, isSurplus: boolean) {
    this.socket = socket;
    this.isSurplus = isSurplus;
  }

  /** The next request has come. False: too many before it have no answer yet. */
  begin(incoming: IncomingMessage, sink: NodeSink): boolean {
    const last = this.#sink;
    const isInTurn = last === undefined || last.isDone;
    this.#incoming = incoming;
    this.#sink = sink;
    this.#looks = 0;
    if (!isInTurn) return this.#keep(last);
    this.#earlier = NONE;
    return true;
  }

  /** Answers that may not be over, in the order in which they are due. */
  get sinks(): readonly NodeSink[] {
    return this.#sink === undefined ? [] : [...this.#earlier, this.#sink];
  }

  /** Some request has no whole answer yet. */
  get isBusy(): boolean {
    return this.sinks.some((sink) => !sink.isDone);
  }

  /** Bytes that were not understood may be answered: no other request would take it for its own answer. */
  get mayRefuse(): boolean {
    const isUploading = this.#incoming?.complete === false;
    if (!isUploading) return !this.isBusy;
    return this.#sink?.hasBegun === false && this.#earlier.every((sink) => sink.isDone);
  }

  /** The client has closed its half. False: no answer is due any more. */
  onEnd(): boolean {
    const due = this.sinks.find((sink) => !sink.isDone);
    due?.onClientEnd();
    return due !== undefined;
  }

  /** Lets go of requests that are over, so that a connection that is only kept holds none of their bodies. */
  forgetDone(): void {
    if (this.#sink === undefined || this.#incoming?.complete === false || this.isBusy) return;
    this.#sink = undefined;
    this.#incoming = undefined;
    this.#earlier = NONE;
  }

  /**
   * Counts the looks at a body that is on its way, and returns how many bytes have come since the first one; undefined
   * where the request is whole. Looks are counted instead of time: while the process stands still, nobody is slow.
   */
  lookAtUpload(): { readonly looks: number; readonly receivedBytes: number } | undefined {
    if (this.#incoming?.complete !== false) return undefined;
    if (this.#looks === 0) this.#bytesAtFirstLook = this.socket.bytesRead;
    this.#looks += 1;
    return { looks: this.#looks, receivedBytes: this.socket.bytesRead - this.#bytesAtFirstLook };
  }

  #keep(last: NodeSink): boolean {
    const waiting = this.#earlier.filter((sink) => !sink.isDone);
    this.#earlier = [...waiting, last];
    return this.#earlier.length <= MAX_AHEAD;
  }
}

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { NodeSink } from './node-sink.ts';

/** Requests that one connection may send ahead of their answers. */
const MAX_AHEAD = 64;

/** One connection of a client and the requests on it: nearly always one at a time. */
export class ClientConnection {
  readonly socket: Socket;
  /** Came when there were too many already. */
  readonly isSurplus: boolean;
  #incoming: IncomingMessage | undefined;
  #sink: NodeSink | undefined;
  /** Of requests before the last one, where the client did not wait for their answers. */
  #earlier: readonly NodeSink[] = [];
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
    return isInTurn || this.#keep(last);
  }

  /** Answers that may not be over, in the order in which they are due. */
  get sinks(): readonly NodeSink[] {
    return this.#sink === undefined ? [] : [...this.#earlier, this.#sink];
  }

  /** Some request has no whole answer yet. */
  get isBusy(): boolean {
    return this.sinks.some((sink) => !sink.isDone);
  }

  /** An answer has begun and is not whole: there is no place for another one. */
  get isAnswering(): boolean {
    return this.sinks.some((sink) => sink.isUnderWay);
  }

  /** The client has closed its half. False: no answer is under way any more. */
  onEnd(): boolean {
    return this.#sink?.onClientEnd() ?? false;
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

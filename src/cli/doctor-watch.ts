import { ProviderConnections } from '../providers/connections.ts';
import type { ProviderInstance } from '../providers/spec.ts';
import type { ReplyHandler, ReplyHeaders, Transport } from '../providers/transport.ts';

/** The head of an answer of a provider. */
export interface SeenHead {
  readonly status: number;
  readonly headers: ReplyHeaders;
  /** Milliseconds since the Unix epoch, when it came. */
  readonly at: number;
}

/** The transport that calls use, with somebody who looks at every head. */
export function watchedTransport(
  provider: ProviderInstance,
  dataDir: string,
  onHead: (head: SeenHead) => void,
): Transport {
  const connections = new ProviderConnections({ dataDir, onNotice: () => undefined });
  const transport = connections.transportOf(provider);
  return {
    send: (request, handler) => transport.send(request, watchedHandler(handler, onHead)),
    close: () => connections.close(),
  };
}

function watchedHandler(handler: ReplyHandler, onHead: (head: SeenHead) => void): ReplyHandler {
  return {
    onStart: (control) => handler.onStart(control),
    onHead: (status, headers) => {
      onHead({ status, headers, at: Date.now() });
      handler.onHead(status, headers);
    },
    onData: (chunk) => handler.onData(chunk),
    onEnd: () => handler.onEnd(),
    onError: (error) => handler.onError(error),
  };
}

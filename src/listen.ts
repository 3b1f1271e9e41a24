import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ClientConnections } from './http/client-connections.ts';
import type { EdgeLimits } from './http/edge-limits.ts';
import { connectionProblem } from './http/refuse-socket.ts';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: EdgeLimits;
  readonly connections: ClientConnections;
  /** The system accepts no more connections now, for want of file descriptors for example. */
  readonly onTrouble: (error: Error) => void;
}

/** Connections beyond the bound that still get an answer to their first request; yet more are closed at once. */
const SURPLUS_CONNECTIONS = 1000;

/** How long a connection is silent before the system asks whether the other side is still there. */
const PROBE_AFTER_MS = 60_000;

/** Rejects where the address cannot be listened on. */
export async function listen(listener: RequestListener, options: ListenOptions): Promise<Server> {
  const { host, port, limits, connections, onTrouble } = options;
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      keepAliveTimeout: limits.keepAliveMs,
      keepAlive: true,
      // Two of what there may be one of make a value that nothing accepts, instead of one that somebody else overlooks.
      joinDuplicateHeaders: true,
      keepAliveInitialDelay: PROBE_AFTER_MS,
    },
    listener,
  );
  server.maxConnections = limits.maxConnections + SURPLUS_CONNECTIONS;
  answerHalfClosed(server);
  server.on('connection', (socket) => connections.accept(socket));
  server.on('clientError', (error, socket) => connections.refuse(socket as Socket, connectionProblem(error)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', onTrouble);
      resolve();
    });
  });
  return server;
}

/** Without it, Node ends a connection as soon as the client has ended its half, with or without an answer. */
function answerHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true });
}

export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

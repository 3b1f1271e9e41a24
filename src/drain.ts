import type { Server } from 'node:http';
import { RouterError } from './errors/router-error.ts';
import type { ClientConnections } from './http/client-connections.ts';

export interface Drained {
  readonly server: Server;
  readonly connections: ClientConnections;
  /** Model calls that have not ended yet. */
  readonly gateway: { readonly inFlight: number };
}

const POLL_MS = 20;

/** For the last words to those whose answers were ended. */
const CUT_GRACE_MS = 1000;

/**
 * Accepts no more connections, and lets the answers that are under way end for at most `drainMs`. What still runs then
 * is ended with `server.draining` in the client's own format; at last all connections are closed.
 */
export async function drain(drained: Drained, drainMs: number): Promise<void> {
  const { server, connections } = drained;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.drain();
  server.closeIdleConnections();
  if (!(await isQuietWithin(drained, drainMs))) {
    connections.cutAll(new RouterError('server.draining'));
    await isQuietWithin(drained, CUT_GRACE_MS);
  }
  server.closeAllConnections();
  await closed;
}

async function isQuietWithin(drained: Drained, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isBusy(drained)) {
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}

function isBusy({ gateway, connections }: Drained): boolean {
  return gateway.inFlight > 0 || connections.isBusy;
}

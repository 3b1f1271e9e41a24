import type { RouterSnapshot } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import { sha256Hex } from '../lib/digest.ts';
import { type Caller, callerOfKey, LOCAL_CALLER } from './caller.ts';
import { type ConnectionFacts, isLocalCaller } from './local-trust.ts';

interface KeyDirectory {
  /** Active keys by hash. */
  readonly callers: ReadonlyMap<string, Caller>;
  /** False also when all keys are switched off: a file that names keys never opens the door. */
  readonly isEmpty: boolean;
}

const KEY_HEADERS = ['x-api-key', 'x-goog-api-key', 'api-key'] as const;

/** Decides who asks. Holds hashes only; looking one up by its digest leaks nothing about the keys by its timing. */
export class Authenticator {
  #directory: KeyDirectory = { callers: new Map(), isEmpty: true };

  reconcile(snapshot: RouterSnapshot): void {
    const active = snapshot.apiKeys.filter((key) => key.isActive);
    this.#directory = {
      callers: new Map(active.map((key) => [key.keyHash, callerOfKey(key)])),
      isEmpty: snapshot.apiKeys.length === 0,
    };
  }

  /**
   * Throws `auth.missing_key` or `auth.unknown_key`. Every credential that is present must be right, also from
   * loopback; only where no key exists at all is it ignored there, because every SDK insists on sending one.
   */
  authenticate(facts: ConnectionFacts, snapshot: RouterSnapshot): Caller {
    const { server } = snapshot;
    const credentials = readCredentials(facts.headers);
    if (this.#directory.isEmpty && server.allowUnauthenticated) return LOCAL_CALLER;
    const mayPassWithout = credentials.length === 0 || this.#directory.isEmpty;
    if (mayPassWithout && server.allowLocalWithoutAuth && isLocalCaller(facts)) return LOCAL_CALLER;
    let first: Caller | undefined;
    for (const credential of credentials) {
      const caller = this.#find(credential);
      first ??= caller;
    }
    if (first === undefined) throw new RouterError('auth.missing_key');
    return first;
  }

  #find(credential: string): Caller {
    const caller = this.#directory.callers.get(sha256Hex(credential));
    if (caller === undefined) throw new RouterError('auth.unknown_key');
    return caller;
  }
}

function readCredentials(headers: ConnectionFacts['headers']): string[] {
  const credentials: string[] = [];
  const authorization = headers['authorization'];
  if (typeof authorization === 'string') credentials.push(bearerToken(authorization));
  for (const name of KEY_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string') credentials.push(value);
  }
  return credentials;
}

/** Another scheme than Bearer is a credential too, one that no key can match. */
function bearerToken(authorization: string): string {
  return /^bearer +(.*)$/i.exec(authorization)?.[1] ?? `not a bearer token: ${authorization}`;
}

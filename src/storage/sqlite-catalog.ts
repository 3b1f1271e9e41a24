import type Sqlite from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import type { Catalog } from '../config/catalog.ts';
import type { ModelEntry, ModelKey, RouterSnapshot } from '../config/snapshot.ts';
import { systemClock } from '../lib/clock.ts';
import { insertNames, type KnownModel, type KnownProvider, loadCatalog, restoreCatalog } from './catalog-rows.ts';
import { FaultNotices } from './fault-notices.ts';
import { identityOf } from './file-identity.ts';
import { DatabaseOpenError, openSqlite } from './sqlite-open.ts';

export interface SqliteCatalogOptions {
  readonly file: string;
  /** What an operator should know: registrations fail, and what is new stays without an id until one succeeds. */
  readonly onNotice: (message: string) => void;
}

export interface CatalogState {
  /** The file took no registration when it was asked last. */
  readonly isFailing: boolean;
  readonly lastError: string | undefined;
}

/** A registration happens on the thread that serves requests: it rather comes again later than waits for a lock. */
const BUSY_TIMEOUT_MS = 50;

/** Between two looks at the file, each of which tries what has failed before. */
const TEND_MS = 5_000;

type ProviderEntry = ModelEntry['provider'];

/**
 * The catalogue in the main database. Everything ever registered is held in memory, so that a look-up never touches
 * the file and a reload touches it only for names that are new.
 */
export class SqliteCatalog implements Catalog {
  readonly #file: string;
  readonly #notices: FaultNotices;
  readonly #onNotice: (message: string) => void;
  readonly #providers = new Map<string, KnownProvider>();
  readonly #models = new Map<ModelKey, KnownModel>();
  readonly #interval: NodeJS.Timeout;
  #connection: Sqlite.Database;
  #identity: string | undefined;
  /** What waits for the file to take it. */
  #unregistered: RouterSnapshot | undefined;

  /** Throws DatabaseOpenError where the file cannot be opened, is broken or is not ours. */
  constructor({ file, onNotice }: SqliteCatalogOptions) {
    this.#file = file;
    this.#onNotice = onNotice;
    const meanwhile = 'new providers and models have no id';
    this.#notices = new FaultNotices({ subject: 'the main database', meanwhile, now: systemClock.now, onNotice });
    this.#connection = openChecked(file);
    this.#identity = identityOf(file);
    const { providers, models } = loadCatalog(drizzle(this.#connection));
    for (const [name, known] of providers) this.#providers.set(name, known);
    for (const [key, known] of models) this.#models.set(key, known);
    this.#interval = setInterval(() => this.#tend(), TEND_MS).unref();
  }

  state(): CatalogState {
    return { isFailing: this.#notices.isFailing, lastError: this.#notices.lastError };
  }

  /** Does not throw: a router that can serve must not stop for its catalogue. */
  register(snapshot: RouterSnapshot): void {
    this.#unregistered = snapshot;
    this.#attempt(() => this.#register(snapshot));
  }

  providerId(name: string): number | undefined {
    return this.#providers.get(name)?.id;
  }

  modelId(key: ModelKey): number | undefined {
    return this.#models.get(key)?.id;
  }

  close(): void {
    clearInterval(this.#interval);
    this.#connection.close();
  }

  #isKnown(provider: ProviderEntry): boolean {
    return this.#providers.get(provider.name)?.type === provider.spec.type;
  }

  #tend(): void {
    this.#attempt(() => {
      this.#reopenDetached();
      if (this.#unregistered !== undefined) this.#register(this.#unregistered);
    });
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.#notices.failed(thrown);
      return;
    }
    if (this.#notices.isFailing) this.#notices.healed();
  }

  /** Memory changes only after the commit, so that it never knows an id that the file does not. */
  #register(snapshot: RouterSnapshot): void {
    const providers = [...snapshot.providers.values()].filter((provider) => !this.#isKnown(provider));
    const models = [...snapshot.models.values()].filter((model) => !this.#models.has(model.key));
    if (providers.length > 0 || models.length > 0) {
      this.#reopenDetached();
      const names = { providers, models, firstSeenAt: snapshot.loadedAt };
      const written = insertNames(drizzle(this.#connection), names, this.#known());
      for (const [name, known] of written.providers) this.#providers.set(name, known);
      for (const [key, known] of written.models) this.#models.set(key, known);
    }
    this.#unregistered = undefined;
  }

  /** Where somebody deleted or replaced the file, its successor gets every id that is known, and none is given twice. */
  #reopenDetached(): void {
    if (identityOf(this.#file) === this.#identity) return;
    const connection = openSqlite({ file: this.#file, ...OPEN_OPTIONS });
    try {
      restoreCatalog(drizzle(connection), this.#known());
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
    this.#connection.close();
    this.#connection = connection;
    this.#identity = identityOf(this.#file);
    this.#onNotice('the main database was deleted or replaced while it was in use; its ids were written again');
  }

  #known(): { readonly providers: Map<string, KnownProvider>; readonly models: Map<ModelKey, KnownModel> } {
    return { providers: this.#providers, models: this.#models };
  }
}

const OPEN_OPTIONS = { schema: 'main', synchronous: 'FULL', busyTimeoutMs: BUSY_TIMEOUT_MS } as const;

/** A start may wait for another process that writes. */
function openChecked(file: string): Sqlite.Database {
  const connection = openSqlite({ file, schema: 'main', synchronous: 'FULL' });
  try {
    const faults = connection.pragma('quick_check(1)', { simple: true });
    if (faults !== 'ok') throw new Error(`it is damaged: ${String(faults)}`);
    connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return connection;
  } catch (thrown) {
    connection.close();
    throw new DatabaseOpenError(file, thrown);
  }
}

import { eq, sql } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import type { Catalog } from '../config/catalog.ts';
import { type ModelEntry, type ModelKey, modelKey, type RouterSnapshot } from '../config/snapshot.ts';
import { models, providers } from './main-schema.ts';
import { DatabaseOpenError, openSqlite } from './sqlite-open.ts';

export interface SqliteCatalogOptions {
  readonly file: string;
  /** A registration failed: what is new stays without an id until a later registration succeeds. */
  readonly onError: (error: unknown) => void;
}

interface KnownProvider {
  readonly id: number;
  readonly type: string;
}

/**
 * A reload happens on the thread that serves requests: it rather goes without new ids than wait longer, in
 * milliseconds, for another process that writes.
 */
const RELOAD_BUSY_TIMEOUT_MS = 250;

type ProviderEntry = ModelEntry['provider'];

/**
 * The catalogue in the main database. Everything ever registered is held in memory, so that a look-up never touches
 * the file and a reload touches it only for names that are new.
 */
export class SqliteCatalog implements Catalog {
  readonly #database: BetterSQLite3Database;
  readonly #onError: (error: unknown) => void;
  readonly #close: () => void;
  readonly #providers = new Map<string, KnownProvider>();
  readonly #models = new Map<ModelKey, number>();

  /** Throws DatabaseOpenError where the file cannot be opened, is broken or is not ours. */
  constructor({ file, onError }: SqliteCatalogOptions) {
    const connection = openSqlite({ file, schema: 'main', synchronous: 'FULL' });
    this.#database = drizzle(connection);
    this.#onError = onError;
    this.#close = () => connection.close();
    try {
      const faults = connection.pragma('quick_check(1)', { simple: true });
      if (faults !== 'ok') throw new Error(`it is damaged: ${String(faults)}`);
      this.#load();
      connection.pragma(`busy_timeout = ${RELOAD_BUSY_TIMEOUT_MS}`);
    } catch (thrown) {
      connection.close();
      throw new DatabaseOpenError(file, thrown);
    }
  }

  /** Does not throw: a router that can serve must not stop for its catalogue. */
  register(snapshot: RouterSnapshot): void {
    const newProviders = [...snapshot.providers.values()].filter((provider) => !this.#isKnown(provider));
    const newModels = [...snapshot.models.values()].filter((model) => !this.#models.has(model.key));
    if (newProviders.length === 0 && newModels.length === 0) return;
    try {
      this.#insert(newProviders, newModels, snapshot.loadedAt);
    } catch (thrown) {
      this.#onError(thrown);
    }
  }

  providerId(name: string): number | undefined {
    return this.#providers.get(name)?.id;
  }

  modelId(key: ModelKey): number | undefined {
    return this.#models.get(key);
  }

  close(): void {
    this.#close();
  }

  #isKnown(provider: ProviderEntry): boolean {
    return this.#providers.get(provider.name)?.type === provider.spec.type;
  }

  #load(): void {
    for (const { id, name, type } of this.#database.select().from(providers).all())
      this.#providers.set(name, { id, type });
    const rows = this.#database
      .select({ id: models.id, name: models.name, provider: providers.name })
      .from(models)
      .innerJoin(providers, eq(models.providerId, providers.id))
      .all();
    for (const { id, name, provider } of rows) this.#models.set(modelKey(provider, name), id);
  }

  /** Memory changes only after the commit, so that it never knows an id that the file does not. */
  #insert(newProviders: readonly ProviderEntry[], newModels: readonly ModelEntry[], firstSeenAt: number): void {
    const providerIds = new Map<string, KnownProvider>();
    const modelIds = new Map<ModelKey, number>();
    const insertProvider = prepareProviderInsert(this.#database);
    const insertModel = prepareModelInsert(this.#database);
    this.#database.transaction(
      () => {
        for (const { name, spec } of newProviders) {
          const { id } = insertProvider.get({ name, type: spec.type, firstSeenAt });
          providerIds.set(name, { id, type: spec.type });
        }
        for (const { key, name, provider } of newModels) {
          const owner = providerIds.get(provider.name) ?? this.#providers.get(provider.name);
          if (owner === undefined) throw new Error(`the provider of ${key} is not part of the configuration`);
          const { id } = insertModel.get({ providerId: owner.id, name, firstSeenAt });
          modelIds.set(key, id);
        }
      },
      // Takes the write lock at once: a lock that is taken halfway cannot wait for another process.
      { behavior: 'immediate' },
    );
    for (const [name, known] of providerIds) this.#providers.set(name, known);
    for (const [key, id] of modelIds) this.#models.set(key, id);
  }
}

/** Prepared once for all names of a registration: a statement for each of them is slow, and a lot of work to let go. */
function prepareProviderInsert(database: BetterSQLite3Database) {
  return database
    .insert(providers)
    .values({
      name: sql.placeholder('name'),
      type: sql.placeholder('type'),
      firstSeenAt: sql.placeholder('firstSeenAt'),
    })
    .onConflictDoUpdate({ target: providers.name, set: { type: sql`excluded.type` } })
    .returning({ id: providers.id })
    .prepare();
}

function prepareModelInsert(database: BetterSQLite3Database) {
  return database
    .insert(models)
    .values({
      providerId: sql.placeholder('providerId'),
      name: sql.placeholder('name'),
      firstSeenAt: sql.placeholder('firstSeenAt'),
    })
    .onConflictDoUpdate({ target: [models.providerId, models.name], set: { name: sql`excluded.name` } })
    .returning({ id: models.id })
    .prepare();
}

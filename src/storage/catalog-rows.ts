import { eq, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { type ModelEntry, type ModelKey, modelKey } from '../config/snapshot.ts';
import { models, providers } from './main-schema.ts';

export interface KnownProvider {
  readonly id: number;
  readonly type: string;
  readonly firstSeenAt: number;
}

export interface KnownModel {
  readonly id: number;
  readonly providerId: number;
  readonly name: string;
  readonly firstSeenAt: number;
}

/** Every provider and model that ever had an id. */
export interface CatalogRows {
  readonly providers: ReadonlyMap<string, KnownProvider>;
  readonly models: ReadonlyMap<ModelKey, KnownModel>;
}

/** What is to get an id. A provider that has one gets its present type. */
export interface NewNames {
  readonly providers: readonly ModelEntry['provider'][];
  readonly models: readonly ModelEntry[];
  /** Wall time, milliseconds. */
  readonly firstSeenAt: number;
}

export function loadCatalog(database: BetterSQLite3Database): CatalogRows {
  const providerRows = database.select().from(providers).all();
  const modelRows = database
    .select({ model: models, provider: providers.name })
    .from(models)
    .innerJoin(providers, eq(models.providerId, providers.id))
    .all();
  return {
    providers: new Map(providerRows.map((row) => [row.name, row])),
    models: new Map(modelRows.map(({ model, provider }) => [modelKey(provider, model.name), model])),
  };
}

/** Returns what was written. All of it or, where it throws, nothing. */
export function insertNames(
  database: BetterSQLite3Database,
  { providers: newProviders, models: newModels, firstSeenAt }: NewNames,
  known: CatalogRows,
): CatalogRows {
  const insertProvider = prepareProviderInsert(database);
  const insertModel = prepareModelInsert(database);
  const written = { providers: new Map<string, KnownProvider>(), models: new Map<ModelKey, KnownModel>() };
  database.transaction(
    () => {
      for (const { name, spec } of newProviders)
        written.providers.set(name, insertProvider.get({ name, type: spec.type, firstSeenAt }));
      for (const { key, name, provider } of newModels) {
        const owner = written.providers.get(provider.name) ?? known.providers.get(provider.name);
        if (owner === undefined) throw new Error(`the provider of ${key} is not part of the configuration`);
        written.models.set(key, insertModel.get({ providerId: owner.id, name, firstSeenAt }));
      }
    },
    // Takes the write lock at once: a lock that is taken halfway cannot wait for another process.
    { behavior: 'immediate' },
  );
  return written;
}

/** Writes all that is known, with its ids, into a file that stands in the place of the one that had it. */
export function restoreCatalog(database: BetterSQLite3Database, known: CatalogRows): void {
  database.transaction(
    () => {
      for (const [name, row] of known.providers)
        database
          .insert(providers)
          .values({ ...row, name })
          .onConflictDoNothing()
          .run();
      for (const row of known.models.values()) database.insert(models).values(row).onConflictDoNothing().run();
    },
    { behavior: 'immediate' },
  );
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
    .returning()
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
    .returning()
    .prepare();
}

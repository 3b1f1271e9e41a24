import { integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/** `autoIncrement` keeps SQLite from ever giving the id of a lost row to a new one. */
export const providers = sqliteTable('providers', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  name: text('name').notNull().unique(),
  /** The type at the time of the last registration. */
  type: text('type').notNull(),
  /** Milliseconds since the Unix epoch. */
  firstSeenAt: integer('first_seen_at').notNull(),
});

export const models = sqliteTable(
  'models',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    providerId: integer('provider_id')
      .notNull()
      .references(() => providers.id),
    name: text('name').notNull(),
    /** Milliseconds since the Unix epoch. */
    firstSeenAt: integer('first_seen_at').notNull(),
  },
  (table) => [uniqueIndex('models_provider_id_name').on(table.providerId, table.name)],
);

/** What providers have told about their limits and a restart must not forget; gone as soon as it is over. */
export const learnedLimits = sqliteTable(
  'learned_limits',
  {
    provider: text('provider').notNull(),
    /** The first 8 hexadecimal digits of the key's SHA-256. */
    keyId: text('key_id').notNull(),
    /** Empty: whatever model is called. */
    model: text('model').notNull(),
    name: text('name').notNull(),
    unit: text('unit').notNull(),
    limit: real('limit'),
    remaining: real('remaining').notNull(),
    isSteady: integer('is_steady', { mode: 'boolean' }).notNull(),
    /** Milliseconds since the Unix epoch. */
    resetsAt: integer('resets_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.provider, table.keyId, table.model, table.name] })],
);

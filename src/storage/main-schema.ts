import { integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

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

import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/storage/monitor-schema.ts',
  out: './drizzle/monitor',
});

import type Sqlite from 'better-sqlite3';
import type { RetentionPolicy } from '../monitor/retention.ts';

/** So many rows go in one step, which takes about 10 ms: a write that comes meanwhile waits no longer. */
const STEP_ROWS = 1000;

/** Pages that one step gives back to the disk. */
const STEP_PAGES = 256;

/** Room for rows to come is kept rather than given back and asked for again: a twentieth of the file. */
const SPARE_SHARE = 0.05;

const BY_AGE = `DELETE FROM monitor_invocations WHERE id IN
  (SELECT id FROM monitor_invocations WHERE started_at < ? ORDER BY started_at LIMIT ${STEP_ROWS})`;

const OLDEST = `DELETE FROM monitor_invocations WHERE id IN
  (SELECT id FROM monitor_invocations ORDER BY id LIMIT ${STEP_ROWS})`;

/** Deletes the next few records that are too old or too many. True where there is more to do. */
export function pruneRecords(writer: Sqlite.Database, policy: RetentionPolicy, wallTime: number): boolean {
  if (writer.prepare(BY_AGE).run(wallTime - policy.maxAgeMs).changes === STEP_ROWS) return true;
  const isOver = policy.maxBytes > 0 && usedBytes(writer) > policy.maxBytes;
  if (isOver && writer.prepare(OLDEST).run().changes === STEP_ROWS) return true;
  return shrinkFile(writer);
}

function usedBytes(writer: Sqlite.Database): number {
  return (pragma(writer, 'page_count') - pragma(writer, 'freelist_count')) * pragma(writer, 'page_size');
}

/** Files of earlier versions were made without this: their free pages are only used again. */
function shrinkFile(writer: Sqlite.Database): boolean {
  const free = pragma(writer, 'freelist_count');
  const spare = Math.max(STEP_PAGES, pragma(writer, 'page_count') * SPARE_SHARE);
  if (free < spare + STEP_PAGES || pragma(writer, 'auto_vacuum') === 0) return false;
  writer.pragma(`incremental_vacuum(${STEP_PAGES})`);
  return pragma(writer, 'freelist_count') < free;
}

function pragma(writer: Sqlite.Database, name: string): number {
  return Number(writer.pragma(name, { simple: true }));
}

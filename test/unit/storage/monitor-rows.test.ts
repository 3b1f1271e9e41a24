import { getTableColumns } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { INSERT_SQL, rowOf } from '../../../src/storage/monitor-rows.ts';
import { monitorInvocations } from '../../../src/storage/monitor-schema.ts';
import { sampleRecord } from '../monitor/sample-record.ts';

/** Given by the database, or kept empty. */
const NOT_WRITTEN = [
  'completed_at',
  'stream_duration_ms',
  'stream_end_reason',
  'attempt_count',
  'total_tokens',
  'id',
  'request_prompt',
  'request_messages',
  'request_parameters',
  'response_text',
  'response_text_length',
  'raw_response',
];

test('every column of the table is written but those that are meant not to be', () => {
  const written = (/\((.*)\)\nVALUES/.exec(INSERT_SQL)?.[1] ?? '').split(', ');
  const columns = Object.values(getTableColumns(monitorInvocations)).map((column) => column.name);
  expect([...written, ...NOT_WRITTEN].sort()).toEqual(columns.sort());
  expect(rowOf(sampleRecord())).toHaveLength(written.length - 1);
});

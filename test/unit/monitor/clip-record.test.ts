import { expect, test } from 'vitest';
import { clipRecord } from '../../../src/monitor/clip-record.ts';
import { sampleRecord } from './sample-record.ts';

test('a record of usual size is passed on as it is', () => {
  const record = sampleRecord({ errorMessage: 'x'.repeat(2000), requestedModel: undefined });
  expect(clipRecord(record)).toBe(record);
});

test('over-long texts are cut and say so, the rest stays', () => {
  const record = sampleRecord({ requestedModel: 'm'.repeat(100_000), errorMessage: 'e'.repeat(100_000) });
  const clipped = clipRecord(record);
  expect(clipped.requestedModel).toBe(`${'m'.repeat(512)}…`);
  expect(clipped.errorMessage).toBe(`${'e'.repeat(2000)}…`);
  expect({ ...clipped, requestedModel: '', errorMessage: '' }).toEqual({
    ...record,
    requestedModel: '',
    errorMessage: '',
  });
});

test('a query that is too long stays JSON', () => {
  const clipped = clipRecord(sampleRecord({ query: JSON.stringify({ tags: ['t'.repeat(9000)] }) }));
  expect(JSON.parse(clipped.query)).toEqual({ omitted_characters: 9013 });
});

import { expect, test } from 'vitest';
import { Metrics } from '../../../src/monitor/metrics.ts';

test('counts by class, reason and number', () => {
  const metrics = new Metrics();
  for (const status of [200, 204, 301, 404, 429, 499, 500, 599]) metrics.countRequest(status);
  metrics.countRefused('malformed');
  metrics.countRefused('unauthorised');
  metrics.countRefused('unauthorised');
  metrics.countDroppedRecords(5);
  metrics.countRecordWriteError();
  expect(metrics.snapshot()).toEqual({
    requests: { '1xx': 0, '2xx': 2, '3xx': 1, '4xx': 3, '5xx': 2 },
    refused: { malformed: 1, unauthorised: 2 },
    recordsDropped: 5,
    recordWriteErrors: 1,
  });
});

test('a snapshot does not change afterwards', () => {
  const metrics = new Metrics();
  const before = metrics.snapshot();
  metrics.countRequest(200);
  expect(before.requests['2xx']).toBe(0);
});

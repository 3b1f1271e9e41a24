import { afterAll, beforeAll, expect, test } from 'vitest';
import { ODD_BYTES } from './odd-bytes.ts';
import type { RawClient } from './raw-client.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(() => stage.close());

async function statusesUntilClosed(client: RawClient): Promise<number[]> {
  const statuses: number[] = [];
  await client.closed;
  while (client.received !== '') statuses.push((await client.answer()).status);
  return statuses;
}

test.each(ODD_BYTES)('$name', async ({ bytes, statuses }) => {
  const client = await stage.connect();
  client.send(bytes);
  expect(await statusesUntilClosed(client)).toEqual(statuses);
  expect(await stage.ask('Still there?')).toBe('Still there?');
});

test('what was refused is said in JSON', async () => {
  const client = await stage.connect();
  client.send('no HTTP\r\n\r\n');
  const { headers, body } = await client.answer();
  expect(headers.get('content-type')).toBe('application/json');
  expect(JSON.parse(body).error).toMatchObject({
    message: 'What was sent is not valid HTTP.',
    code: 'request.invalid',
  });
});

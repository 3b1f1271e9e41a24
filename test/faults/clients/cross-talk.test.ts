import { expect, test } from 'vitest';
import { chunkOf, DONE, sendJson, startStream } from '../../support/fake-provider.ts';
import { RawClient } from './raw-client.ts';
import { startStage, streamRequest, wholeRequest } from './stage.ts';

/** `LONG_FAULTS=1` plays a hundred times as many. */
const ROUNDS = process.env['LONG_FAULTS'] === undefined ? 1 : 100;
const CLIENTS = 300;

const WORDS = 5;

/** One in so many leaves before its answer is whole. */
const LEAVER = 7;

test(
  'of hundreds of clients at once, each gets its own words and no others, whoever leaves meanwhile',
  async () => {
    const stage = await startStage({});
    const { provider } = stage;
    provider.respond = async (request, response) => {
      const nonce = String(request.body.messages.at(-1).content);
      const words = Array.from({ length: WORDS }, (_, index) => `${nonce}-${index}.`);
      if (request.body.stream !== true) {
        sendJson(response, 200, {
          choices: [{ index: 0, message: { content: words.join('') }, finish_reason: 'stop' }],
        });
        return;
      }
      startStream(response);
      for (const word of words) {
        response.write(chunkOf({ content: word }));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end(chunkOf({}, 'stop') + DONE);
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(Array.from({ length: CLIENTS }, (_, index) => play(stage.router.url, round, index)));
    }
    expect(await stage.ask('Still there?')).toContain('Still there?-4.');
    await stage.close();
  },
  ROUNDS * 20_000,
);

async function play(url: string, round: number, index: number): Promise<void> {
  const nonce = `nonce-${round}-${index}`;
  const request = index % 2 === 0 ? streamRequest(nonce, nonce) : wholeRequest(nonce, nonce);
  const client = await RawClient.connect(url);
  client.send(request);
  if (index % LEAVER === 0) {
    await client.until((received) => received !== '');
    client.leave();
  } else {
    const { status, body } = await client.answer();
    expect(status).toBe(200);
    expect(wordsOf(body).join('')).toBe(Array.from({ length: WORDS }, (_, at) => `${nonce}-${at}.`).join(''));
    client.leave();
  }
  // Nothing of anybody else's, in what a leaver has got either.
  const foreign = client.received.match(/nonce-\d+-\d+/g)?.find((found) => found !== nonce);
  expect(foreign).toBeUndefined();
}

function wordsOf(body: string): string[] {
  return body.match(/nonce-\d+-\d+-\d+\./g) ?? [];
}

test('requests that come at once on one connection are answered in their order', async () => {
  const stage = await startStage({});
  const client = await stage.connect();
  const nonces = Array.from({ length: 50 }, (_, index) => `nonce-0-${index}`);
  client.send(nonces.map((nonce) => wholeRequest(nonce, nonce)).join(''));
  for (const nonce of nonces) {
    const { headers, body } = await client.answer();
    expect(headers.get('x-request-id')).toBe(nonce);
    expect(JSON.parse(body).choices[0].message.content).toBe(nonce);
  }
  client.leave();
  await stage.close();
});

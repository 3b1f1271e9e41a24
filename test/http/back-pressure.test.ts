import { once } from 'node:events';
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { chunkOf, DONE, FakeProvider, startStream } from '../support/fake-provider.ts';
import { startRouter } from '../support/start-router.ts';

const CHUNK_COUNT = 3000;
const CHUNK_TEXT = 'x'.repeat(16 * 1024);
/** What the kernel's buffers and those of both processes hold; far less than the whole answer. */
const MAX_BUFFERED_BYTES = 24 * 1024 * 1024;

test('a client that does not read holds the provider back, and gets everything once it reads', async () => {
  const provider = await FakeProvider.start();
  let acceptedBytes = 0;
  let stalled: () => void = () => undefined;
  const hasStalled = new Promise<void>((resolve) => {
    stalled = resolve;
  });
  provider.respond = async (_request, response) => {
    startStream(response);
    response.write(chunkOf({ role: 'assistant', content: '' }));
    for (let index = 0; index < CHUNK_COUNT; index += 1) {
      const text = chunkOf({ content: CHUNK_TEXT });
      acceptedBytes += text.length;
      if (response.write(text)) continue;
      // Nobody takes any more for this long: the reader holds the whole way back.
      const watchdog = setTimeout(stalled, 500);
      await once(response, 'drain');
      clearTimeout(watchdog);
    }
    response.end(chunkOf({}, 'stop') + DONE);
  };
  const router = await startRouter(`
[[providers]]
name = "fake"
type = "openai"
base_url = "${provider.url}"
api_key = "k"

[[models]]
name = "writer"
provider = "fake"
`);
  const call = request(`${router.url}/v1/chat/completions`, { method: 'POST' });
  call.end(JSON.stringify({ model: 'writer', stream: true, messages: [{ role: 'user', content: 'Hi' }] }));
  const [response] = await once(call, 'response');
  await hasStalled;
  expect(acceptedBytes).toBeLessThan(MAX_BUFFERED_BYTES);

  let text = '';
  let characters = 0;
  response.setEncoding('utf8');
  for await (const chunk of response) {
    characters += chunk.length;
    text = (text + chunk).slice(-200);
  }
  expect(text.endsWith(DONE)).toBe(true);
  expect(characters).toBeGreaterThan(CHUNK_COUNT * CHUNK_TEXT.length);
  expect(await router.lastRecord()).toMatchObject({ status: 'success', finish_reason: 'stop' });
  await router.stop();
  await provider.stop();
});

import { afterEach, describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../src/canonical/chat.ts';
import { asObject } from '../../../src/lib/json.ts';
import { ollamaChatUpstream } from '../../../src/protocols/ollama-chat/ollama-chat.ts';
import { encodeOptions } from '../../support/facts.ts';
import { startOllamaVendor } from '../../support/vendors/ollama.ts';
import { CALLS, PNG, WEATHER_SCHEMA, WORDS } from '../../support/vendors/samples.ts';
import { dialog, type VendorAnswer } from '../../support/vendors/script.ts';
import type { Vendor } from '../../support/vendors/vendor-server.ts';
import { runFramed } from '../run-framed.ts';

let vendor: Vendor | undefined;
afterEach(async () => {
  await vendor?.close();
  vendor = undefined;
});

const REQUEST: ChatRequest = {
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Weather?' },
        { type: 'media', modality: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: PNG } },
      ],
    },
    { role: 'assistant', content: [{ type: 'tool-call', id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' }] },
    { role: 'tool', content: [{ type: 'tool-result', callId: 'c1', content: [{ type: 'text', text: 'rain' }] }] },
  ],
  tools: [{ kind: 'function', name: 'weather', parameters: WEATHER_SCHEMA, strict: true }],
  reasoning: { effort: 'medium' },
  logprobs: { top: 2 },
  maxOutputTokens: 100,
  temperature: 0.2,
  stop: ['END'],
  stream: false,
};

async function ask(request: ChatRequest, answer: VendorAnswer): Promise<Response> {
  vendor = await startOllamaVendor({ script: dialog(answer) });
  const { body } = ollamaChatUpstream.encodeRequest(
    request,
    encodeOptions({ model: 'qwen3:8b', isReasoningModel: true }),
  );
  return fetch(`${vendor.url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

describe('a server that is as strict as the real one', () => {
  test('takes everything at once and answers whole', async () => {
    const response = await ask(REQUEST, WORDS);
    const { choices, usage } = ollamaChatUpstream.decodeResponse(asObject(await response.json()));
    expect(choices[0].content).toEqual([{ type: 'text', text: WORDS.text }]);
    expect(usage).toMatchObject({ inputTokens: 327, outputTokens: 50 });
    expect(vendor?.rejected).toEqual([]);
  });

  test.each([1, 3, 5000])('streams words and calls in writes of %d bytes', async (writeBytes) => {
    const response = await ask({ ...REQUEST, stream: true }, { ...CALLS, pieces: { writeBytes } });
    const chunks: Buffer[] = [];
    for await (const chunk of response.body ?? []) chunks.push(Buffer.from(chunk));
    const [choice] = runFramed(ollamaChatUpstream, chunks).summary.choices;
    expect(choice).toMatchObject({ text: CALLS.text, reasoning: CALLS.reasoning?.text, finishReason: 'tool-calls' });
    expect(choice?.toolCalls.map((call) => call.arguments)).toEqual([
      '{"city":"Zürich","id":12345678901234567890}',
      '{"city":"Oslo"}',
    ]);
  });

  test('says what it does not like', async () => {
    const response = await ask(REQUEST, {
      ...WORDS,
      error: { status: 503, type: '', message: 'server busy', retryAfterSeconds: 2 },
    });
    const error = ollamaChatUpstream.decodeError(
      response.status,
      await response.text(),
      Object.fromEntries(response.headers),
    );
    expect(error).toMatchObject({ code: 'upstream.overloaded', retryAfterMs: 2000 });
  });
});

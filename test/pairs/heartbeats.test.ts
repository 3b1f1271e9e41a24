import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDeferred, type Deferred } from '../../src/lib/deferred.ts';
import { startRouter, type TestRouter } from '../support/start-router.ts';
import { dialog, NO_USAGE, says, type VendorAnswer } from '../support/vendors/script.ts';
import type { Vendor } from '../support/vendors/vendor-server.ts';
import { VENDOR_KEY } from '../support/vendors/vendor-server.ts';
import { VENDORS, type VendorId } from '../support/vendors/vendors.ts';
import type { Client, Observation } from './client.ts';
import { ALL_CLIENTS } from './clients/all.ts';
import { Forwarder, passHead, type Relay } from './forwarder.ts';

const STORY = 'It was a bright cold day in April, and the clocks were striking thirteen. '.repeat(8);
const USAGE = { freshInput: 9, output: 99 };

const FAILURE: VendorAnswer = {
  finish: 'stop',
  usage: NO_USAGE,
  error: { status: 400, type: 'invalid_request_error', message: 'Not like this.' },
};

/** Heartbeats in any format. */
const BEAT = /: keep-alive\n\n|event: ping\ndata: \{"type": "ping"\}\n\n|^\s+$/g;
const BEATS = 3;

interface Silence {
  /** Opened when the client has got enough heartbeats; one for each silence of the vendor. */
  readonly gates: readonly Deferred<void>[];
  beats: number;
}

let silence: Silence;

/** The vendor's whole answer, in two parts with a silence before each of them. */
const slowly: Relay = async (answer, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const frameEnd = text.includes('\n\n') ? '\n\n' : '\n';
  const middle = text.indexOf(frameEnd, Math.floor(text.length / 2)) + frameEnd.length;
  await silence.gates[0]?.promise;
  passHead(answer, response);
  response.write(text.slice(0, middle));
  await silence.gates[1]?.promise;
  response.end(text.slice(middle));
};

/** What the client gets, counted on its way. */
const counting: Relay = async (answer, response) => {
  passHead(answer, response);
  for await (const chunk of answer) {
    const text = (chunk as Buffer).toString('utf8');
    silence.beats += text.match(BEAT)?.length ?? 0;
    if (silence.beats >= BEATS) silence.gates[0]?.resolve();
    if (silence.beats >= 2 * BEATS) silence.gates[1]?.resolve();
    response.write(chunk);
  }
  response.end();
};

interface Way {
  readonly client: Client;
  readonly vendor: VendorId;
}

const WAYS: readonly Way[] = ALL_CLIENTS.flatMap((client) => {
  const foreign: VendorId = client.vendor === 'anthropic' ? 'openai-chat' : 'anthropic';
  return [
    { client, vendor: client.vendor },
    { client, vendor: foreign },
  ];
});

describe.each(WAYS)('$client.name × $vendor', ({ client, vendor: id }) => {
  let vendor: Vendor;
  let router: TestRouter;
  let slow: Forwarder;
  let watched: Forwarder;

  beforeAll(async () => {
    vendor = await VENDORS[id].start({ script: dialog(says(STORY, USAGE), FAILURE) });
    slow = await Forwarder.start(() => vendor.url, slowly);
    router = await startRouter(`
[server]
stream_heartbeat_ms = 30

[[providers]]
name = "${id}"
${VENDORS[id].routerProvider(slow.url)}

[[models]]
name = "${VENDORS[client.vendor].model}"
provider = "${id}"
remote_identifier = "${VENDORS[id].model}"
tags = ["chat", "reasoning"]
`);
    watched = await Forwarder.start(() => router.url, counting);
  });

  afterAll(async () => {
    await router.stop();
    await Promise.all([watched.close(), slow.close(), vendor.close()]);
  });

  const ask = (): Promise<Observation> => {
    silence = { gates: [createDeferred(), createDeferred()], beats: 0 };
    const name = VENDORS[client.vendor].model;
    const place = client.providerInPath
      ? { url: `${watched.url}/${id}`, model: name }
      : { url: watched.url, model: `${id}/${name}` };
    const target = { ...place, apiKey: VENDOR_KEY };
    return client.begin({ words: 'Tell me a story.' }).next({ target, stream: true, onText: () => {} });
  };

  test('the client gets its answer and does not notice the heartbeats', async () => {
    expect((await ask()).text).toBe(STORY);
    expect(silence.beats).toBeGreaterThanOrEqual(2 * BEATS);
  });

  test('the client gets an error that comes after heartbeats', async () => {
    await expect(ask()).rejects.toThrow();
    expect(silence.beats).toBeGreaterThanOrEqual(BEATS);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ChatResponse } from '../../src/canonical/chat.ts';
import { LossLedger } from '../../src/canonical/loss.ts';
import { originOf } from '../../src/canonical/origin.ts';
import type { DialectId } from '../../src/canonical/protocol-id.ts';
import { replayAsStream } from '../../src/canonical/replay-stream.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { adaptTools } from '../../src/protocols/adapt-tools.ts';
import { clientDialects, upstreamProtocols } from '../../src/protocols/registry.ts';
import { answerFacts, encodeOptions, streamFacts } from '../support/facts.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures/golden');
const GOLDEN = join(import.meta.dirname, 'golden');

interface RequestFixture {
  readonly dialect: DialectId;
  readonly body: JsonObject;
}

function read<Fixture>(kind: 'requests' | 'answers'): [name: string, fixture: Fixture][] {
  return readdirSync(join(FIXTURES, kind)).map((file) => {
    return [file.replace('.json', ''), JSON.parse(readFileSync(join(FIXTURES, kind, file), 'utf8')) as Fixture];
  });
}

const print = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Ids that are made anew, and the time of day, for the same text in every run. */
function settled(text: string): string {
  return text
    .replace(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, '<id>')
    .replace(/"completed_at": ?\d+/g, '"completed_at": 0')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/"(total|load|prompt_eval|eval)_duration": ?\d+/g, '"$1_duration": 0');
}

describe.each(read<RequestFixture>('requests'))('the request %s', (name, { dialect, body }) => {
  test.each(Object.values(upstreamProtocols))('for $id', async (protocol) => {
    const format = clientDialects[dialect];
    const needs = format.readHead(body).needs;
    const adapted = adaptTools(format.decodeRequest(body), protocol.tools, protocol.id);
    const options = encodeOptions({
      origin: originOf(protocol.id, 'acme'),
      isReasoningModel: true,
      maxOutputTokens: 4000,
      estimatedInputTokens: Math.ceil(needs.textLength / 4),
    });
    const encoded = protocol.encodeRequest(adapted.request, options);
    const golden = print({ body: encoded.body, losses: [...adapted.losses, ...encoded.losses] });
    await expect(golden).toMatchFileSnapshot(join(GOLDEN, `requests/${name}.${protocol.id}.json`));
  });
});

describe.each(read<ChatResponse>('answers'))('the answer %s', (name, response) => {
  test.each(Object.values(clientDialects))('for $id', async (dialect) => {
    const ledger = new LossLedger();
    const body = dialect.encodeResponse(response, answerFacts({ ledger, costUsd: 0.5 }));
    const golden = settled(print({ body, losses: ledger.entries }));
    await expect(golden).toMatchFileSnapshot(join(GOLDEN, `answers/${name}.${dialect.id}.json`));
  });

  test.each(Object.values(clientDialects))('for $id, streamed', async (dialect) => {
    const encoder = dialect.createStreamEncoder(streamFacts());
    const golden = settled(
      replayAsStream(response)
        .map((event) => encoder.push(event))
        .join(''),
    );
    await expect(golden).toMatchFileSnapshot(join(GOLDEN, `answers/${name}.${dialect.id}.txt`));
  });
});

import { expect, test } from 'vitest';
import { says } from '../support/vendors/script.ts';
import type { VendorId } from '../support/vendors/vendors.ts';
import type { Client } from './client.ts';
import type { Mode } from './scenario.ts';
import { USAGE } from './scenarios/usage.ts';
import type { Stage } from './stage.ts';

const STALLED = { ...says('A long answer that nobody waits for.', USAGE), stallAfterPieces: 2 };

/** The vendor's connection closes when the client aborts, and the SDK says that it was aborted. */
export function testLeaving(stageOf: () => Stage, client: Client, vendor: VendorId): void {
  const leave = async (mode: Mode, onText: () => void, signal: AbortSignal): Promise<void> => {
    const stage = stageOf();
    const target = stage.routed(client, vendor, false);
    const conversation = client.begin({ words: 'Tell me a long story.' });
    const closed = stage.vendor(vendor).nextClose();
    await expect(conversation.next({ target, stream: mode === 'streamed', onText, signal })).rejects.toThrow();
    await closed;
    expect(await stage.nextRecord(1)).toMatchObject({
      provider_name: vendor,
      cancelled: true,
      error_code: 'client.closed',
    });
  };

  test('the client leaves after the first words (streamed)', async () => {
    const controller = new AbortController();
    stageOf().script(vendor, [STALLED]);
    await leave('streamed', () => controller.abort(), controller.signal);
  });

  test('the client leaves before the answer (whole)', async () => {
    const controller = new AbortController();
    stageOf().script(vendor, [STALLED], () => controller.abort());
    await leave('whole', () => {}, controller.signal);
  });
}

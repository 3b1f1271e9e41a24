import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OlderAnthropic from 'anthropic-sdk-0';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WEATHER_SCHEMA } from '../support/vendors/samples.ts';
import type { VendorId } from '../support/vendors/vendors.ts';
import type { Target } from './client.ts';
import { anthropicClient } from './clients/anthropic.ts';
import { googleGenAiClient } from './clients/google-genai.ts';
import { type Stage, startStage, VENDOR_IDS } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(() => stage.close());

/** Vendors that count for everybody; the router estimates for the others. */
const COUNTING: readonly VendorId[] = ['anthropic', 'gemini'];

const requestsAt = (vendor: VendorId): number => stage.vendor(vendor).received.length;

const settingsOf = ({ url, apiKey }: Target) => ({ baseURL: url, apiKey, authToken: null, maxRetries: 0 });

const question = (model: string) => ({
  model,
  system: 'Be brief.',
  messages: [{ role: 'user' as const, content: 'What is the weather in Zürich?' }],
  tools: [{ name: 'weather', input_schema: { ...WEATHER_SCHEMA } }],
});

describe.each([
  [
    '@anthropic-ai/sdk 1',
    (target: Target) => new Anthropic(settingsOf(target)).messages.countTokens(question(target.model)),
  ],
  [
    '@anthropic-ai/sdk 0',
    (target: Target) => new OlderAnthropic(settingsOf(target)).messages.countTokens(question(target.model)),
  ],
] as const)('%s countTokens', (_name, count) => {
  test('is the vendor’s own count at Anthropic', async () => {
    const direct = await count(stage.direct(anthropicClient, false));
    const routed = await count(stage.routed(anthropicClient, 'anthropic', false));
    expect(routed.input_tokens).toBe(direct.input_tokens);
    expect(stage.vendor('anthropic').received.at(-1)?.path).toBe('/v1/messages/count_tokens');
    expect(stage.vendor('anthropic').rejected).toEqual([]);
  });

  test.each(VENDOR_IDS)('counts for %s', async (vendor) => {
    const before = requestsAt(vendor);
    const { input_tokens } = await count(stage.routed(anthropicClient, vendor, false));
    expect(input_tokens).toBeGreaterThan(10);
    expect(stage.vendor(vendor).rejected).toEqual([]);
    expect(requestsAt(vendor) - before).toBe(COUNTING.includes(vendor) ? 1 : 0);
  });
});

describe('@google/genai countTokens', () => {
  test.each(VENDOR_IDS)('counts for %s', async (vendor) => {
    const { url, model, apiKey } = stage.routed(googleGenAiClient, vendor, false);
    const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } });
    const before = requestsAt(vendor);
    const { totalTokens } = await client.models.countTokens({ model, contents: 'What is the weather in Zürich?' });
    expect(totalTokens).toBeGreaterThan(4);
    expect(stage.vendor(vendor).rejected).toEqual([]);
    expect(requestsAt(vendor) - before).toBe(COUNTING.includes(vendor) ? 1 : 0);
  });
});

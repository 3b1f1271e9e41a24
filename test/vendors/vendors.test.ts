import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { RawJson, stringify } from '../support/vendors/raw-json.ts';
import { cut, says } from '../support/vendors/script.ts';
import { VENDOR_KEY } from '../support/vendors/vendor-server.ts';
import { VENDORS, type VendorEntry } from '../support/vendors/vendors.ts';

const vendors = Object.entries(VENDORS) as [string, VendorEntry][];

describe.each(vendors)('%s', (_id, { start, routerProvider, model }) => {
  test('starts, closes while a connection is open, and says how the router reaches it', async () => {
    const vendor = await start({ script: () => says('Hi'), models: [model] });
    const entry = parse(routerProvider(vendor.url));
    expect(entry).toMatchObject({ api_key: VENDOR_KEY, base_url: expect.stringContaining(vendor.url) });
    const response = await fetch(`${vendor.url}/nowhere`, {
      headers: { authorization: `Bearer ${VENDOR_KEY}`, 'x-goog-api-key': VENDOR_KEY },
    });
    expect(response.status).toBe(404);
    expect(vendor.received.map(({ path }) => path)).toEqual(['/nowhere']);
    await vendor.close();
    await expect(fetch(vendor.url)).rejects.toThrow();
  });
});

test('text is cut into pieces of code points', () => {
  expect(cut('a👍b', { codePoints: 2 })).toEqual(['a👍', 'b']);
  expect(cut('', undefined)).toEqual([]);
});

test('raw JSON is written as it is, beside text that looks like its place', () => {
  const value = { args: new RawJson('{"n":1.0}'), text: '\u0000raw 0', list: [new RawJson('1e400')] };
  expect(stringify(value)).toBe('{"args":{"n":1.0},"text":"\\u0000raw 0","list":[1e400]}');
});

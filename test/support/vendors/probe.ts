import { VENDOR_KEY, type Vendor } from './vendor-server.ts';

export interface Probe {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly body: any;
}

/** Sends a hand-written request; the key goes out as a bearer token unless `headers` say otherwise. */
export async function post(
  vendor: Vendor,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Probe> {
  const response = await fetch(vendor.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${VENDOR_KEY}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

/** Payloads of the events of a stream of server-sent events. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into events of any shape
export function eventsOf(text: string): any[] {
  return text
    .split(/\r?\n\r?\n/)
    .flatMap((frame) => /^data: (.*)$/m.exec(frame)?.[1] ?? [])
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data));
}

// The router's own API needs no client at all.
const url = process.env['ROUTER_URL'] ?? 'http://127.0.0.1:8000';

interface InvokeAnswer {
  readonly output_text: string;
  readonly provider: string;
  readonly model: string;
  readonly cost: number | null;
}

const response = await fetch(`${url}/route/invoke`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ tags: ['chat'], prefer: ['fast'], prompt: 'Name three rivers.' }),
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
const answer = (await response.json()) as InvokeAnswer;
console.log(`${answer.provider}/${answer.model}: ${answer.output_text}`);

// The official OpenAI client, unchanged: only its base URL points at the router.
import OpenAI from 'openai';

const baseURL = `${process.env['ROUTER_URL'] ?? 'http://127.0.0.1:8000'}/v1`;
const client = new OpenAI({ baseURL, apiKey: process.env['ROUTER_KEY'] ?? 'local' });

const answer = await client.chat.completions.create({
  model: 'tag:chat+fast',
  messages: [{ role: 'user', content: 'Name three rivers.' }],
});
console.log(answer.choices[0]?.message.content);

const stream = await client.chat.completions.create({
  model: 'auto',
  messages: [{ role: 'user', content: 'Name three mountains.' }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
process.stdout.write('\n');

import { describe, expect, test } from 'vitest';
import { modelOf, problemsOf } from './load-text.ts';

const abilitiesOf = (lines: string) => Object.fromEntries(modelOf(lines).abilities);

describe('work beside chat', () => {
  test.each([
    ['tags = ["embedding"]', { embedding: true, chat: false }],
    ['tags = ["embeddings", "chat"]', { embedding: true }],
    ['tags = ["tts"]', { speech: true, chat: false }],
    ['tags = ["audio-tts"]', { speech: true, chat: false }],
    ['tags = ["asr", "chinese"]', { transcription: true, chat: false }],
    ['tags = ["image-generation"]', { image_generation: true, chat: false }],
    ['tags = ["rerank"]', { rerank: true, chat: false }],
    ['tags = ["moderation"]', { moderation: true, chat: false }],
    ['tags = ["video-generation"]', { chat: false }],
    ['config = { capabilities = { asr = true, tts = false } }', { transcription: true, speech: false, chat: false }],
    ['config = { capabilities = { realtime = true } }', { chat: false }],
    ['capabilities = { embedding = true }', { embedding: true, chat: false }],
    ['capabilities = { embedding = true, chat = true }', { embedding: true, chat: true }],
    ['capabilities = { completion = true }', { completion: true }],
    ['capabilities = { chat = false }', { chat: false }],
    ['tags = ["embedding"]\ncapabilities = { embedding = false }', { embedding: false }],
    ['tags = ["chat", "audio"]', { audio: true }],
  ])('%s', (lines, abilities) => expect(abilitiesOf(lines)).toEqual(abilities));

  test('none of these words is worth a remark', () => {
    const lines = `tags = ["embedding"]
capabilities = { chat = true, completion = true, rerank = true, moderation = true, speech = true }
config = { capabilities = { embedding = true, tts = true, asr = true, realtime = true, image_generation = true } }`;
    expect(modelOf(lines).key).toBe('p/m');
    expect(
      problemsOf(`[[providers]]\nname = "p"\ntype = "ollama"\n[[models]]\nname = "m"\nprovider = "p"\n${lines}`),
    ).toEqual([]);
  });
});

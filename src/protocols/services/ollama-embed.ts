import type { EmbedRequest, EmbedResponse } from '../../canonical/embed.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { promptTokens } from '../../canonical/usage.ts';
import { asArray, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { optionalText, wrongField } from '../openai-checks.ts';
import type { RequestHead } from '../protocol.ts';
import { badAnswer } from '../read-answer.ts';
import type { EmbedDialect, EmbedUpstream } from './embed-format.ts';
import {
  embedNeeds,
  isSaid,
  isTextList,
  lengthOf,
  readDimensions,
  textInput,
  textsOf,
  unknownMembers,
} from './embed-head.ts';
import { readServiceUsage } from './service-usage.ts';
import { readVector } from './vectors.ts';

const KNOWN = new Set(['model', 'input', 'prompt', 'dimensions', 'truncate']);

/** `POST /api/embed`: https://docs.ollama.com/api/embed */
export const ollamaEmbedDialect: EmbedDialect = {
  service: 'ollama-embed',
  readHead: (body) => headOf(body, readInput(body['input'])),
  decodeRequest: (body) => decodeTexts(body, readInput(body['input'])),
  encodeResponse: ({ vectors }, { model, usage }) => ({
    model,
    embeddings: vectors,
    prompt_eval_count: promptTokens(usage),
  }),
  forwardEdits: (body, model, { dimensions }) => ({
    set: { model, ...(dimensions === undefined || isSaid(body['dimensions']) ? {} : { dimensions }) },
  }),
};

/** `POST /api/embeddings`, the older form: one `prompt`, one `embedding`. Providers are asked in the newer form. */
export const ollamaEmbeddingsDialect: EmbedDialect = {
  service: 'ollama-embed',
  readHead: (body) => headOf(body, [readPrompt(body)]),
  decodeRequest: (body) => decodeTexts(body, [readPrompt(body)]),
  encodeResponse: ({ vectors }) => ({ embedding: vectors[0] ?? [] }),
  forwardEdits: (body, model) => ({ set: { model, input: readPrompt(body) }, drop: ['prompt'] }),
  forwardAnswer: (answer) => {
    const [embedding] = asArray(answer['embeddings']);
    if (embedding === undefined) throw badAnswer('an embedding is missing');
    return { embedding };
  },
};

/** Ollama's own embeddings. */
export const ollamaEmbedUpstream: EmbedUpstream = {
  service: 'ollama-embed',
  maxInputs: undefined,
  encodeRequest,
  decodeResponse: (body): EmbedResponse => ({
    vectors: asArray(body['embeddings']).map(readVector),
    usage: readServiceUsage(body),
  }),
};

function readInput(input: JsonValue | undefined): readonly string[] {
  if (typeof input === 'string') return [input];
  if (isTextList(input)) return input;
  throw wrongField('input', 'a string or a list of strings', input);
}

function readPrompt({ prompt }: JsonObject): string {
  if (typeof prompt === 'string') return prompt;
  throw wrongField('prompt', 'a string', prompt);
}

function headOf(body: JsonObject, texts: readonly string[]): RequestHead {
  readDimensions(body['dimensions'], 'dimensions');
  return { model: optionalText(body['model'], 'model'), stream: false, needs: embedNeeds(lengthOf(texts)) };
}

function decodeTexts(body: JsonObject, texts: readonly string[]): EmbedRequest {
  const dimensions = readDimensions(body['dimensions'], 'dimensions');
  const { truncate } = body;
  return {
    inputs: texts.map(textInput),
    unknown: unknownMembers(body, KNOWN),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(typeof truncate === 'boolean' ? { truncation: truncate ? 'end' : 'none' } : {}),
  };
}

function encodeRequest(request: EmbedRequest, model: string, ledger: LossLedger): JsonObject {
  const { inputs, dimensions, purpose, truncation } = request;
  if (purpose !== undefined) ledger.dropped('input_type', 'minor');
  if (truncation === 'start') ledger.approximated('truncate', 'minor', 'cut at the end');
  return {
    model,
    input: textsOf(inputs),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(truncation === undefined ? {} : { truncate: truncation !== 'none' }),
  };
}

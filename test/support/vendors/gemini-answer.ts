import { asObject, type JsonObject } from '../../../src/lib/json.ts';
import { asPiece, dataFrame, type Frame } from './frames.ts';
import { isGemini3 } from './gemini-rules.ts';
import { RawJson, stringify } from './raw-json.ts';
import type { Refusal } from './refusal.ts';
import { cut, type VendorAnswer, type VendorError, type VendorFinish, type VendorUsage } from './script.ts';
import type { AnswerRenderer } from './vendor-server.ts';

/** Answers of https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */

const FINISH_REASONS: Readonly<Record<VendorFinish, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  'stop-sequence': 'STOP',
};

type Part = Readonly<Record<string, unknown>>;

export interface GeminiMemory {
  readonly newId: (prefix: string) => string;
  readonly signatures: Set<string>;
}

export function geminiError(status: number, reason: string, message: string, details?: readonly unknown[]): Refusal {
  const error = { code: status, message, status: reason, ...(details !== undefined && { details }) };
  return { status, body: { error }, reason: message };
}

export const invalidArgument = (message: string): Refusal => geminiError(400, 'INVALID_ARGUMENT', message);

/** The vendor says in the body when it is worth asking again. */
function scriptedError({ status, type, message, retryAfterSeconds }: VendorError): Refusal {
  if (retryAfterSeconds === undefined) return geminiError(status, type, message);
  const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterSeconds}s` };
  return geminiError(status, type, message, [retry]);
}

/** `sse` is false where the stream is to be one JSON array. */
export function geminiRenderer(body: JsonObject, model: string, memory: GeminiMemory, sse: boolean): AnswerRenderer {
  const head = { modelVersion: model, responseId: memory.newId('resp') };
  const response = (candidate: Part, usageMetadata: unknown): Part => ({
    candidates: [{ ...candidate, index: 0 }],
    usageMetadata,
    ...head,
  });
  const ended = (answer: VendorAnswer): Part => ({
    finishReason: FINISH_REASONS[answer.finish],
    ...groundingOf(answer),
  });
  const chunks = (answer: VendorAnswer): readonly Chunk[] => {
    const parts = streamedParts(answer, body, model, memory);
    const started = startedUsage(answer.usage);
    return [
      ...parts.map((part) => ({ isPiece: true, value: response({ content: contentOf([part]) }, started) })),
      {
        isPiece: false,
        value: response(
          { content: contentOf([lastPart(answer, model, memory)]), ...ended(answer) },
          usageOf(answer.usage),
        ),
      },
    ];
  };
  return {
    contentType: sse ? 'text/event-stream' : 'application/json; charset=UTF-8',
    whole: (answer) => {
      const parts = wholeParts(answer, body, model, memory);
      return response(
        { ...(parts.length > 0 && { content: contentOf(parts) }), ...ended(answer) },
        usageOf(answer.usage),
      );
    },
    frames: (answer) => (sse ? chunks(answer).map(sseFrame) : arrayFrames(chunks(answer))),
    error: scriptedError,
    errorFrames: (error) =>
      sse ? [dataFrame(scriptedError(error).body)] : [{ text: `,\r\n${stringify(scriptedError(error).body)}\n]` }],
  };
}

interface Chunk {
  readonly isPiece: boolean;
  readonly value: Part;
}

/** The vendor ends its lines with a carriage return too. */
function sseFrame({ value, isPiece }: Chunk): Frame {
  const frame = { text: `data: ${stringify(value)}\r\n\r\n` };
  return isPiece ? asPiece(frame) : frame;
}

function arrayFrames(chunks: readonly Chunk[]): readonly Frame[] {
  const last = chunks.length - 1;
  return chunks.map(({ value, isPiece }, at) => {
    const frame = { text: `${at === 0 ? '[' : ',\r\n'}${stringify(value)}${at === last ? '\n]' : ''}` };
    return isPiece ? asPiece(frame) : frame;
  });
}

const contentOf = (parts: readonly Part[]): Part => ({ parts, role: 'model' });

/** Words of the model; a refusal is told in words like any other. */
const wordsOf = ({ text, refusal }: VendorAnswer): string => text ?? refusal ?? '';

function thoughtsOf({ reasoning }: VendorAnswer, body: JsonObject): string {
  const { includeThoughts } = asObject(asObject(body['generationConfig'])['thinkingConfig']);
  return includeThoughts === true ? (reasoning?.text ?? '') : '';
}

/** Signatures are bytes, so base64; a signature of the script is encoded. */
function sign({ reasoning }: VendorAnswer, memory: GeminiMemory): Part {
  const thoughtSignature = Buffer.from(reasoning?.signature ?? memory.newId('signature')).toString('base64');
  memory.signatures.add(thoughtSignature);
  return { thoughtSignature };
}

/** Only the first of parallel calls is signed, and only by models of the third generation. */
function callParts(answer: VendorAnswer, model: string, memory: GeminiMemory): readonly Part[] {
  const isSigned = isGemini3(model);
  return (answer.toolCalls ?? []).map(({ name, arguments: text }, index) => ({
    functionCall: { ...(isSigned && { id: memory.newId('fc') }), name, args: new RawJson(text) },
    ...(isSigned && index === 0 && sign(answer, memory)),
  }));
}

/** Words without calls are signed in their last part, where the model thought. */
function wordsSignature(answer: VendorAnswer, model: string, memory: GeminiMemory): Part {
  const isSigned = isGemini3(model) && answer.reasoning !== undefined && answer.toolCalls === undefined;
  return isSigned ? sign(answer, memory) : {};
}

function wholeParts(answer: VendorAnswer, body: JsonObject, model: string, memory: GeminiMemory): readonly Part[] {
  const thoughts = thoughtsOf(answer, body);
  const words = wordsOf(answer);
  return [
    ...(thoughts === '' ? [] : [{ text: thoughts, thought: true }]),
    ...(words === '' ? [] : [{ text: words, ...wordsSignature(answer, model, memory) }]),
    ...callParts(answer, model, memory),
  ];
}

function streamedParts(answer: VendorAnswer, body: JsonObject, model: string, memory: GeminiMemory): readonly Part[] {
  return [
    ...cut(thoughtsOf(answer, body), answer.pieces).map((text) => ({ text, thought: true })),
    ...cut(wordsOf(answer), answer.pieces).map((text) => ({ text })),
    ...callParts(answer, model, memory),
  ];
}

const lastPart = (answer: VendorAnswer, model: string, memory: GeminiMemory): Part => ({
  text: '',
  ...wordsSignature(answer, model, memory),
});

/** The prompt's count holds what came from the cache; thoughts are counted beside the candidates. */
function usageOf(usage: VendorUsage): Part {
  const prompt = usage.freshInput + usage.cacheRead + usage.cacheWrite;
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: usage.output - usage.reasoning,
    totalTokenCount: prompt + usage.output,
    ...(usage.cacheRead > 0 && {
      cachedContentTokenCount: usage.cacheRead,
      cacheTokensDetails: [{ modality: 'TEXT', tokenCount: usage.cacheRead }],
    }),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
    ...(usage.reasoning > 0 && { thoughtsTokenCount: usage.reasoning }),
  };
}

/** Earlier chunks count too, but not yet everything. */
function startedUsage(usage: VendorUsage): Part {
  return usageOf({ ...usage, output: Math.min(1, usage.output), reasoning: 0 });
}

function groundingOf(answer: VendorAnswer): Part {
  const { citations = [] } = answer;
  if (citations.length === 0) return {};
  const words = wordsOf(answer);
  // Positions count bytes.
  const bytes = (end: number): number => Buffer.byteLength(words.slice(0, end));
  return {
    groundingMetadata: {
      groundingChunks: citations.map(({ url, title }) => ({ web: { uri: url, title } })),
      groundingSupports: citations.map(({ start, end }, index) => ({
        segment: { startIndex: bytes(start), endIndex: bytes(end), text: words.slice(start, end) },
        groundingChunkIndices: [index],
      })),
    },
  };
}

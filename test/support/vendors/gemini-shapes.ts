import {
  ANY,
  BOOLEAN,
  either,
  type Fields,
  FREE_OBJECT,
  INTEGER,
  lazy,
  listOf,
  NUMBER,
  object,
  oneOf,
  type Shape,
  STRING,
} from './shape.ts';

/** Bodies of https://ai.google.dev/api/generate-content, with the names of their JSON form. */

/** 64-bit numbers may be text. */
const INT64 = either(STRING, INTEGER);
const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL', 'TYPE_UNSPECIFIED'];

/** The vendor's subset of OpenAPI 3.0, which is no JSON schema: https://ai.google.dev/api/caching#Schema */
export const SCHEMA: Shape = lazy(() =>
  object(
    {},
    {
      type: oneOf(...TYPES, ...TYPES.map((type) => type.toLowerCase())),
      format: STRING,
      title: STRING,
      description: STRING,
      nullable: BOOLEAN,
      enum: listOf(STRING),
      maxItems: INT64,
      minItems: INT64,
      properties: { kind: 'record', values: SCHEMA },
      required: listOf(STRING),
      minProperties: INT64,
      maxProperties: INT64,
      minLength: INT64,
      maxLength: INT64,
      pattern: STRING,
      example: ANY,
      anyOf: listOf(SCHEMA),
      propertyOrdering: listOf(STRING),
      default: ANY,
      items: SCHEMA,
      minimum: NUMBER,
      maximum: NUMBER,
    },
  ),
);

const INLINE_DATA = object({}, { mimeType: STRING, data: STRING, displayName: STRING });
const FILE_DATA = object({}, { mimeType: STRING, fileUri: STRING });

const PART = object(
  {},
  {
    text: STRING,
    thought: BOOLEAN,
    thoughtSignature: STRING,
    inlineData: INLINE_DATA,
    fileData: FILE_DATA,
    functionCall: object({}, { id: STRING, name: STRING, args: FREE_OBJECT }),
    functionResponse: object(
      {},
      {
        id: STRING,
        name: STRING,
        response: FREE_OBJECT,
        parts: listOf(object({}, { inlineData: INLINE_DATA, fileData: FILE_DATA })),
        willContinue: BOOLEAN,
        scheduling: STRING,
      },
    ),
    executableCode: FREE_OBJECT,
    codeExecutionResult: FREE_OBJECT,
    videoMetadata: FREE_OBJECT,
    mediaResolution: FREE_OBJECT,
    partMetadata: FREE_OBJECT,
  },
);

export const CONTENT = object({}, { role: STRING, parts: listOf(PART) });

const DECLARATION = object(
  {},
  {
    name: STRING,
    description: STRING,
    behavior: STRING,
    parameters: SCHEMA,
    parametersJsonSchema: ANY,
    response: SCHEMA,
    responseJsonSchema: ANY,
  },
);

const TOOL = object(
  {},
  {
    functionDeclarations: listOf(DECLARATION),
    googleSearch: FREE_OBJECT,
    googleSearchRetrieval: FREE_OBJECT,
    codeExecution: FREE_OBJECT,
    urlContext: FREE_OBJECT,
    fileSearch: FREE_OBJECT,
    googleMaps: FREE_OBJECT,
    computerUse: FREE_OBJECT,
  },
);

const GENERATION_CONFIG = object(
  {},
  {
    stopSequences: listOf(STRING),
    responseMimeType: STRING,
    responseSchema: SCHEMA,
    responseJsonSchema: ANY,
    responseModalities: listOf(STRING),
    candidateCount: INTEGER,
    maxOutputTokens: INTEGER,
    temperature: NUMBER,
    topP: NUMBER,
    topK: NUMBER,
    seed: INTEGER,
    presencePenalty: NUMBER,
    frequencyPenalty: NUMBER,
    responseLogprobs: BOOLEAN,
    logprobs: INTEGER,
    enableEnhancedCivicAnswers: BOOLEAN,
    speechConfig: FREE_OBJECT,
    thinkingConfig: object(
      {},
      {
        includeThoughts: BOOLEAN,
        thinkingBudget: INTEGER,
        thinkingLevel: oneOf('MINIMAL', 'LOW', 'MEDIUM', 'HIGH', 'minimal', 'low', 'medium', 'high'),
      },
    ),
    imageConfig: FREE_OBJECT,
    mediaResolution: STRING,
  },
);

const GENERATE: Fields = {
  model: STRING,
  contents: listOf(CONTENT),
  tools: listOf(TOOL),
  toolConfig: object(
    {},
    {
      functionCallingConfig: object(
        {},
        { mode: oneOf('AUTO', 'ANY', 'NONE', 'VALIDATED', 'MODE_UNSPECIFIED'), allowedFunctionNames: listOf(STRING) },
      ),
      retrievalConfig: FREE_OBJECT,
    },
  ),
  safetySettings: listOf(object({}, { category: STRING, threshold: STRING })),
  systemInstruction: CONTENT,
  generationConfig: GENERATION_CONFIG,
  cachedContent: STRING,
  serviceTier: STRING,
  store: BOOLEAN,
};

export const GENERATE_BODY = object({}, GENERATE);

/** https://ai.google.dev/api/tokens: either contents alone or a whole request. */
export const COUNT_BODY = object({}, { contents: listOf(CONTENT), generateContentRequest: GENERATE_BODY });

/** https://ai.google.dev/api/embeddings */
const EMBED: Fields = {
  model: STRING,
  content: CONTENT,
  taskType: STRING,
  title: STRING,
  outputDimensionality: INTEGER,
};

export const EMBED_BODY = object({}, EMBED);
export const BATCH_EMBED_BODY = object({}, { requests: listOf(object({}, EMBED)) });

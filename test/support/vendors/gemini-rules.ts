import { asArray, asObject, asString, type JsonObject } from '../../../src/lib/json.ts';
import { isBase64 } from './base64.ts';
import { schemaComplaint } from './gemini-schema.ts';
import type { Rule } from './refusal.ts';

/** A request whose names are in camel case already. */
export interface GeminiRequest {
  readonly body: JsonObject;
  readonly model: string;
  readonly contents: readonly GeminiContent[];
  /** Thought signatures that were sent out. */
  readonly signatures: ReadonlySet<string>;
}

export interface GeminiContent {
  readonly role: string;
  readonly parts: readonly JsonObject[];
  readonly calls: readonly JsonObject[];
  readonly responses: readonly JsonObject[];
}

export function contentsOf(body: JsonObject): readonly GeminiContent[] {
  return asArray(body['contents']).map((value) => {
    const { role, parts: list } = asObject(value);
    const parts = asArray(list).map(asObject);
    const all = (member: string): JsonObject[] =>
      parts.flatMap((part) => (part[member] === undefined ? [] : [asObject(part[member])]));
    return { role: asString(role) ?? 'user', parts, calls: all('functionCall'), responses: all('functionResponse') };
  });
}

/** Rules that the proto does not say. https://ai.google.dev/api/generate-content and …/docs/function-calling */
type GeminiRule = Rule<GeminiRequest, string>;

const of = (place: string, words: string): string => `* GenerateContentRequest.${place}: ${words}\n`;

export const isGemini3 = (model: string): boolean => !/gemini-[12]/.test(model);

/** Media types of https://ai.google.dev/gemini-api/docs/file-input-methods */
const MEDIA_TYPE = /^(image|audio|video|text)\/|^application\/(pdf|json)$/;

const DATA_FIELDS = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
];

const contentsAreThere: GeminiRule = ({ contents, body }) => {
  if (contents.length === 0) return of('contents', 'contents is not specified');
  const bad = contents.find(({ role }) => !['user', 'model', 'function'].includes(role));
  if (bad !== undefined) return 'Please use a valid role: user, model.';
  const empty = contents.findIndex(({ parts }) => parts.length === 0);
  if (empty !== -1) return of(`contents[${empty}].parts`, 'contents.parts must not be empty.');
  const { systemInstruction } = body;
  const isEmpty = systemInstruction !== undefined && asArray(asObject(systemInstruction)['parts']).length === 0;
  if (isEmpty) return of('system_instruction.parts', 'contents.parts must not be empty.');
  const only = contents.length === 1 ? contents[0] : undefined;
  return only?.role === 'model'
    ? 'Please ensure that single turn requests end with a user role or the role is set.'
    : undefined;
};

const partsHoldOneThing: GeminiRule = ({ contents }) => {
  for (const [index, { parts }] of contents.entries()) {
    for (const [position, part] of parts.entries()) {
      const place = `contents[${index}].parts[${position}]`;
      const data = DATA_FIELDS.filter((field) => part[field] !== undefined);
      if (data.length === 0) return of(`${place}.data`, "required oneof field 'data' must have one initialized field");
      if (data.length > 1)
        return `Invalid value at '${place}' (oneof), oneof field 'data' is already set. Cannot set '${data[1]}'`;
      const complaint = mediaComplaint(asObject(part['inlineData']), part['inlineData'] !== undefined, place);
      if (complaint !== undefined) return complaint;
    }
  }
  return undefined;
};

function mediaComplaint({ mimeType, data }: JsonObject, isGiven: boolean, place: string): string | undefined {
  if (!isGiven) return undefined;
  const standard = String(data).replaceAll('-', '+').replaceAll('_', '/');
  if (!isBase64(standard))
    return `Invalid value at '${place}.inline_data.data' (TYPE_BYTES), Base64 decoding failed for ${JSON.stringify(data)}`;
  return MEDIA_TYPE.test(String(mimeType)) ? undefined : `Unsupported MIME type: ${mimeType}`;
}

const callsFollowTheUser: GeminiRule = ({ contents }) => {
  const isLate = contents.some(
    ({ role, calls }, at) => role === 'model' && calls.length > 0 && (contents[at - 1]?.role ?? 'model') === 'model',
  );
  return isLate
    ? 'Please ensure that function call turn comes immediately after a user turn or after a function response turn.'
    : undefined;
};

const responsesFollowCalls: GeminiRule = ({ contents }) => {
  for (const [at, { calls, responses }] of contents.entries()) {
    const before = contents[at - 1]?.calls.length ?? 0;
    const after = contents[at + 1]?.responses.length ?? 0;
    if ((responses.length > 0 && before === 0) || (calls.length > 0 && after === 0)) {
      return 'Please ensure that function response turn comes immediately after a function call turn.';
    }
    if (responses.length > 0 && responses.length !== before) {
      return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
    }
  }
  return undefined;
};

/** Stricter than the vendor, whose model is only misled by a wrong name or id: here it must not go unseen. */
const responsesMatchCalls: GeminiRule = ({ contents }) => {
  for (const [at, { responses }] of contents.entries()) {
    const calls = contents[at - 1]?.calls ?? [];
    for (const [position, { name, id }] of responses.entries()) {
      const place = `contents[${at}].parts[${position}].function_response`;
      if (asString(name) === undefined || name === '') return of(`${place}.name`, 'Name cannot be empty.');
      const isAsked = calls.some(
        (call) => call['name'] === name && (id === undefined || call['id'] === undefined || call['id'] === id),
      );
      if (!isAsked)
        return of(place, `no function call with the name "${name}" and the id "${id ?? ''}" comes before it.`);
    }
  }
  return undefined;
};

const declarationsOf = (body: JsonObject): readonly JsonObject[] =>
  asArray(body['tools']).flatMap((tool) => asArray(asObject(tool)['functionDeclarations']).map(asObject));

const FUNCTION_NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/;

const declarationsAreSound: GeminiRule = ({ body }) => {
  const declarations = declarationsOf(body);
  const names = declarations.map(({ name }) => name);
  for (const [index, { name, parameters, parametersJsonSchema }] of declarations.entries()) {
    const place = `tools[0].function_declarations[${index}]`;
    if (!FUNCTION_NAME.test(String(name ?? ''))) {
      return of(
        `${place}.name`,
        'Invalid function name. Must start with a letter or an underscore. Must be alphameric (a-z, A-Z, 0-9), ' +
          'underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.',
      );
    }
    if (names.indexOf(name) !== index) return `Duplicate function declaration found: ${name}`;
    if (parameters !== undefined && parametersJsonSchema !== undefined) {
      return of(`${place}.parameters_json_schema`, 'parameters and parameters_json_schema are mutually exclusive.');
    }
    const complaint =
      parameters === undefined ? undefined : schemaComplaint(asObject(parameters), `${place}.parameters`);
    if (complaint !== undefined) return of(complaint.place, complaint.words);
  }
  return undefined;
};

const choiceIsPossible: GeminiRule = ({ body }) => {
  const config = asObject(body['toolConfig'])['functionCallingConfig'];
  if (config === undefined) return undefined;
  const names = declarationsOf(body).map(({ name }) => name);
  const { mode, allowedFunctionNames } = asObject(config);
  if (names.length === 0 && mode !== 'NONE') return 'Function calling config is set without function_declarations.';
  const allowed = asArray(allowedFunctionNames);
  const place = 'tool_config.function_calling_config.allowed_function_names';
  if (allowed.length > 0 && mode !== 'ANY' && mode !== 'VALIDATED')
    return of(place, 'allowed only when mode is ANY or VALIDATED.');
  const unknown = allowed.find((name) => !names.includes(name));
  return unknown === undefined ? undefined : of(place, `function "${unknown}" is not declared.`);
};

const RESPONSE_TYPES = ['text/plain', 'application/json', 'application/xml', 'application/yaml', 'text/x.enum'];

const formatIsSound: GeminiRule = ({ body, model }) => {
  const { responseMimeType, responseSchema, responseJsonSchema } = asObject(body['generationConfig']);
  const place = 'generation_config';
  if (responseMimeType !== undefined && !RESPONSE_TYPES.includes(String(responseMimeType))) {
    return of(
      `${place}.response_mime_type`,
      'allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` and `text/x.enum`.',
    );
  }
  if (responseSchema !== undefined && responseJsonSchema !== undefined) {
    return of(`${place}.response_json_schema`, 'response_schema and response_json_schema are mutually exclusive.');
  }
  const hasSchema = responseSchema !== undefined || responseJsonSchema !== undefined;
  if (hasSchema && responseMimeType !== 'application/json' && responseMimeType !== 'text/x.enum') {
    return of(`${place}.response_schema`, 'only allowed when response_mime_type is application/json or text/x.enum.');
  }
  if (responseMimeType === 'application/json' && !isGemini3(model) && declarationsOf(body).length > 0) {
    return "Function calling with a response mime type: 'application/json' is unsupported";
  }
  const complaint =
    responseSchema === undefined ? undefined : schemaComplaint(asObject(responseSchema), `${place}.response_schema`);
  return complaint === undefined ? undefined : of(complaint.place, complaint.words);
};

const samplingIsInRange: GeminiRule = ({ body }) => {
  const { temperature, topP, candidateCount, stopSequences, maxOutputTokens } = asObject(body['generationConfig']);
  const place = 'generation_config';
  if (isOutside(temperature, 0, 2)) return of(`${place}.temperature`, 'temperature must be in the range [0.0, 2.0].');
  if (isOutside(topP, 0, 1)) return of(`${place}.top_p`, 'top_p must be in the range [0.0, 1.0].');
  if (isOutside(candidateCount, 1, 1)) return 'Multiple candidates is not enabled for this model';
  if (isOutside(maxOutputTokens, 1, 65_536))
    return of(`${place}.max_output_tokens`, 'max_output_tokens must be positive.');
  return asArray(stopSequences).length > 5
    ? of(`${place}.stop_sequences`, 'at most 5 stop sequences are allowed.')
    : undefined;
};

const isOutside = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && (value < min || value > max);

/** Bounds of the budget of thinking: https://ai.google.dev/gemini-api/docs/thinking */
const thinkingIsPossible: GeminiRule = ({ body, model }) => {
  const { thinkingBudget, thinkingLevel } = asObject(asObject(body['generationConfig'])['thinkingConfig']);
  if (thinkingBudget !== undefined && thinkingLevel !== undefined)
    return 'You can only set only one of thinking budget and thinking level.';
  if (thinkingLevel !== undefined && !isGemini3(model)) return 'Thinking level is not supported for this model.';
  const isPro = model.includes('pro');
  if (isPro && String(thinkingLevel).toUpperCase() === 'MINIMAL')
    return 'Thinking level MINIMAL is not supported for this model.';
  const [min, max] = isPro ? [128, 32_768] : [0, 24_576];
  if (thinkingBudget === -1 || !isOutside(thinkingBudget, min, max)) return undefined;
  return `The thinking budget ${thinkingBudget} is invalid. Please choose a value between ${min} and ${max}.`;
};

/** Accepted in the place of a signature that was never there. */
const STAND_INS = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

/** https://ai.google.dev/gemini-api/docs/thought-signatures: only the turn that goes on is checked for missing ones. */
const signaturesComeBack: GeminiRule = ({ contents, model, signatures }) => {
  const start = contents.findLastIndex(({ role, responses }) => role !== 'model' && responses.length === 0);
  for (const [index, { role, parts }] of contents.entries()) {
    const calls = parts.filter((part) => part['functionCall'] !== undefined);
    const first = calls[0];
    const isMissing = first !== undefined && first['thoughtSignature'] === undefined;
    if (role === 'model' && index > start && isMissing && isGemini3(model)) {
      return (
        'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and ' +
        'missing thought_signature may lead to degraded model performance. Additional data, function call ' +
        `\`default_api:${asObject(first['functionCall'])['name']}\` , position ${index + 1}. ` +
        'Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.'
      );
    }
    const given = parts.flatMap((part) => asString(part['thoughtSignature']) ?? []);
    const unknown = given.find((signature) => !signatures.has(signature) && !STAND_INS.includes(signature));
    if (unknown !== undefined) return 'Corrupted thought signature.';
  }
  return undefined;
};

export const GEMINI_RULES: readonly GeminiRule[] = [
  contentsAreThere,
  partsHoldOneThing,
  callsFollowTheUser,
  responsesFollowCalls,
  responsesMatchCalls,
  declarationsAreSound,
  choiceIsPossible,
  formatIsSound,
  samplingIsInRange,
  thinkingIsPossible,
  signaturesComeBack,
];

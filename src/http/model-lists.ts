import type { ModelEntry } from '../config/snapshot.ts';

/** Where neither the file nor the vendor says anything. */
const UNKNOWN_TOKENS = 0;

const NO_DATE = '1970-01-01T00:00:00Z';

/** https://platform.claude.com/docs/en/api/models/list */
export function describeAnthropicModel(model: ModelEntry): Record<string, unknown> {
  return {
    type: 'model',
    id: model.key,
    display_name: model.displayName,
    created_at: NO_DATE,
    max_input_tokens: model.contextWindow ?? UNKNOWN_TOKENS,
    max_tokens: model.maxOutputTokens ?? UNKNOWN_TOKENS,
  };
}

const GENERATES = ['generateContent', 'streamGenerateContent', 'countTokens'];

/** https://ai.google.dev/api/models */
export function describeGeminiModel(model: ModelEntry): Record<string, unknown> {
  return {
    name: `models/${model.key}`,
    baseModelId: model.name,
    version: '1',
    displayName: model.displayName,
    description: model.description ?? '',
    ...(model.contextWindow === undefined ? {} : { inputTokenLimit: model.contextWindow }),
    ...(model.maxOutputTokens === undefined ? {} : { outputTokenLimit: model.maxOutputTokens }),
    supportedGenerationMethods: GENERATES,
    thinking: model.isReasoningModel,
  };
}

/** https://github.com/ollama/ollama/blob/main/docs/api.md#list-local-models */
export function describeOllamaModel(model: ModelEntry): Record<string, unknown> {
  return {
    name: model.key,
    model: model.key,
    modified_at: NO_DATE,
    size: 0,
    digest: '',
    details: ollamaDetails(model),
  };
}

function ollamaDetails(model: ModelEntry): Record<string, unknown> {
  return {
    parent_model: '',
    format: '',
    family: model.provider.spec.type,
    families: [model.provider.spec.type],
    parameter_size: '',
    quantization_level: '',
  };
}

/** https://github.com/ollama/ollama/blob/main/docs/api.md#show-model-information */
export function describeOllamaShow(model: ModelEntry): Record<string, unknown> {
  const abilities = [
    'completion',
    ...(model.abilities.get('tools') === false ? [] : ['tools']),
    ...(model.abilities.get('image') === true ? ['vision'] : []),
    ...(model.isReasoningModel ? ['thinking'] : []),
  ];
  return {
    modelfile: '',
    parameters: '',
    template: '',
    details: ollamaDetails(model),
    model_info: {
      'general.architecture': 'llm-router',
      ...(model.contextWindow === undefined ? {} : { 'llm-router.context_length': model.contextWindow }),
    },
    capabilities: abilities,
    modified_at: NO_DATE,
  };
}

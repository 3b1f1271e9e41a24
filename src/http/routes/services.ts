import type { Gateway } from '../../gateway/gateway.ts';
import { geminiGenerateDialect } from '../../protocols/gemini-generate/gemini-generate.ts';
import { ollamaChatDialect } from '../../protocols/ollama-chat/ollama-chat.ts';
import { openAiChatDialect } from '../../protocols/openai-chat/openai-chat.ts';
import type { ClientDialect } from '../../protocols/protocol.ts';
import { cohereEmbedDialect } from '../../protocols/services/cohere-embed.ts';
import type { EmbedDialect } from '../../protocols/services/embed-format.ts';
import { geminiBatchEmbedDialect, geminiEmbedDialect } from '../../protocols/services/gemini-embed.ts';
import { ollamaEmbedDialect, ollamaEmbeddingsDialect } from '../../protocols/services/ollama-embed.ts';
import { openAiEmbeddingsDialect } from '../../protocols/services/openai-embeddings.ts';
import type { Service } from '../../protocols/services/service.ts';
import {
  completions,
  imageEdits,
  imageGenerations,
  moderations,
  rerank,
  speech,
  transcriptions,
  translations,
} from '../../protocols/services/services.ts';
import type { Exchange } from '../exchange.ts';
import { decodePath, parseModelPath, parseProviderPath } from '../model-path.ts';
import type { Route } from '../route.ts';
import { type EndpointFacts, runEmbedCall, runServiceCall } from '../service-call.ts';

const OPENAI_SERVICES: readonly Service[] = [
  completions,
  moderations,
  imageGenerations,
  imageEdits,
  speech,
  transcriptions,
  translations,
];

/** The versions that Google's clients may ask for. */
const GEMINI_VERSIONS = ['/v1beta', '/v1', '/v1alpha'] as const;

type Run = (exchange: Exchange, gateway: Gateway, facts: EndpointFacts) => Promise<void>;

/** Every endpoint for models beside chat. */
export function serviceRoutes(gateway: Gateway): readonly Route[] {
  const openAi = openAiChatDialect;
  const cohere = cohereErrors(openAi);
  return [
    ...OPENAI_SERVICES.flatMap((service) => allRoutes(gateway, openAi, service.endpoint, callService(service))),
    ...allRoutes(gateway, openAi, '/v1/embeddings', callEmbed(openAiEmbeddingsDialect)),
    ...allRoutes(gateway, cohere, '/v1/rerank', callService(rerank)),
    ...allRoutes(gateway, cohere, '/v2/rerank', callService(rerank)),
    ...allRoutes(gateway, cohere, '/v2/embed', callEmbed(cohereEmbedDialect)),
    ...GEMINI_VERSIONS.flatMap((version) => [
      geminiRoute(gateway, version, 'embedContent', geminiEmbedDialect),
      geminiRoute(gateway, version, 'batchEmbedContents', geminiBatchEmbedDialect),
    ]),
    bareRoute(gateway, ollamaChatDialect, '/api/embed', callEmbed(ollamaEmbedDialect)),
    bareRoute(gateway, ollamaChatDialect, '/api/embeddings', callEmbed(ollamaEmbeddingsDialect)),
  ];
}

/** Cohere's clients read the message at the top level: https://docs.cohere.com/reference/errors */
function cohereErrors(dialect: ClientDialect): ClientDialect {
  const encodeError: ClientDialect['encodeError'] = (error, requestId) => ({
    id: requestId,
    message: error.publicMessage,
    ...dialect.encodeError(error, requestId),
  });
  return { ...dialect, encodeError };
}

function callService(service: Service): Run {
  return (exchange, gateway, facts) => runServiceCall(exchange, gateway, facts, service);
}

function callEmbed(dialect: EmbedDialect): Run {
  return (exchange, gateway, facts) => runEmbedCall(exchange, gateway, facts, dialect);
}

function bareRoute(gateway: Gateway, dialect: ClientDialect, path: string, run: Run): Route {
  const handle: Route['handle'] = (exchange) => run(exchange, gateway, { dialect, endpoint: path });
  return { method: 'POST', scope: 'call', dialect, path, handle };
}

/** Bare, below a provider (`/groq/v1/…`) and below a model (`/models/groq/whisper/v1/…`). */
function allRoutes(gateway: Gateway, dialect: ClientDialect, path: string, run: Run): readonly Route[] {
  const bare = bareRoute(gateway, dialect, path, run);
  const atProvider: Route['handle'] = (exchange) => {
    const provider = parseProviderPath(exchange.target.path);
    return run(exchange, gateway, { dialect, endpoint: `/{provider}${path}`, provider });
  };
  const atModel: Route['handle'] = (exchange) => {
    const { provider, model } = parseModelPath(exchange.target.path, path);
    const endpoint = `/models/{provider}/{model}${path}`;
    return run(exchange, gateway, { dialect, endpoint, modelName: `${provider}/${model}` });
  };
  return [
    { ...bare, path: `/models/:path{.+${path}}`, handle: atModel },
    bare,
    { ...bare, path: `/:provider${path}`, handle: atProvider },
  ];
}

/** The path names the model and, after a colon, the method. */
function geminiRoute(gateway: Gateway, version: string, method: string, embed: EmbedDialect): Route {
  const dialect = geminiGenerateDialect;
  const endpoint = `/v1beta/models/{model}:${method}`;
  const handle: Route['handle'] = (exchange) => {
    const path = decodePath(exchange.target.path.slice(version.length + 1));
    const modelName = path.slice(0, path.lastIndexOf(':')).replace(/^models\//, '');
    return runEmbedCall(exchange, gateway, { dialect, endpoint, modelName }, embed);
  };
  return { method: 'POST', scope: 'call', dialect, path: `${version}/:path{.+(?::|%3[Aa])${method}}`, handle };
}

import { invalidField } from '../../errors/router-error.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { asObject, isJsonObject } from '../../lib/json.ts';
import { geminiGenerateDialect } from '../../protocols/gemini-generate/gemini-generate.ts';
import { runDialectCall } from '../dialect-call.ts';
import type { Exchange } from '../exchange.ts';
import { prepareCall } from '../model-call.ts';
import { decodePath } from '../model-path.ts';
import type { Route } from '../route.ts';
import { TOKEN_COUNT_HEADER } from './count-tokens.ts';

const dialect = geminiGenerateDialect;

/** The versions that Google's clients may ask for. */
const VERSIONS = ['/v1beta', '/v1', '/v1alpha'] as const;

/** Methods stand at the end of the path, after the model: `/v1beta/models/{provider}/{model}:generateContent`. */
export function geminiRoutes(gateway: Gateway): readonly Route[] {
  const methods: Readonly<Record<string, Route['handle']>> = {
    generateContent: (exchange) => generate(exchange, gateway, 'generateContent', false),
    streamGenerateContent: (exchange) => generate(exchange, gateway, 'streamGenerateContent', true),
    countTokens: (exchange) => countTokens(exchange, gateway),
  };
  return VERSIONS.flatMap((version) =>
    Object.entries(methods).map(([method, handle]): Route => {
      const path = `${version}/:path{.+(?::|%3[Aa])${method}}`;
      return { method: 'POST', path, scope: 'call', dialect, handle };
    }),
  );
}

function generate(exchange: Exchange, gateway: Gateway, method: string, stream: boolean): Promise<void> {
  return runDialectCall(exchange, gateway, {
    dialect,
    endpoint: `/v1beta/models/{model}:${method}`,
    modelName: modelOf(exchange),
    stream,
    preferEventStream: exchange.search.get('alt') === 'sse',
  });
}

/** `models/` stands before the model, unless the client left it out because the name has a slash itself. */
function modelOf({ target }: Exchange): string {
  const path = decodePath(target.path.slice(target.path.indexOf('/', 1) + 1));
  const name = path.slice(0, path.lastIndexOf(':')).replace(/^models\//, '');
  if (name.trim() === '') throw invalidField('model', 'expected the name of a model in the path');
  return name;
}

/** The request to count stands in the body itself or, with the rest of a call, within `generateContentRequest`. */
async function countTokens(exchange: Exchange, gateway: Gateway): Promise<void> {
  const { bytes, value } = await exchange.readJson();
  const nested = value['generateContentRequest'];
  const request = prepareCall(exchange, {
    dialect,
    endpoint: '/v1beta/models/{model}:countTokens',
    body: isJsonObject(nested) ? asObject(nested) : value,
    ...(isJsonObject(nested) ? {} : { bytes }),
    modelName: modelOf(exchange),
  });
  const { tokens, source } = await gateway.countTokens(request);
  exchange.json(200, { totalTokens: tokens }, { [TOKEN_COUNT_HEADER]: source });
}

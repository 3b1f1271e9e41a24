import { invalidField } from '../errors/router-error.ts';
import { EmbedPlanner } from '../gateway/embed-planner.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { jsonPayload } from '../gateway/service-payload.ts';
import { ServicePlanner } from '../gateway/service-planner.ts';
import type { CallPlanner } from '../gateway/upstream-call.ts';
import { asString, isJsonObject, type JsonObject } from '../lib/json.ts';
import { withAnswerCount } from '../protocols/answer-count.ts';
import { optionalText } from '../protocols/openai-checks.ts';
import type { ClientDialect, RequestHead } from '../protocols/protocol.ts';
import { completionAnswers } from '../protocols/services/completion-answers.ts';
import type { EmbedDialect } from '../protocols/services/embed-format.ts';
import type { Service } from '../protocols/services/service.ts';
import { NO_SELECTION, readBodySelection, readHeaderSelection, type Selection } from '../routing/read-selection.ts';
import type { Exchange } from './exchange.ts';
import { runModelCall } from './model-call.ts';
import { readServiceBody } from './read-form.ts';

/** What an endpoint knows of a call before it has read the body. */
export interface EndpointFacts {
  /** In whose words errors are told. */
  readonly dialect: ClientDialect;
  /** Path pattern, for the record. */
  readonly endpoint: string;
  /** The path names a provider: the model is one of its models. */
  readonly provider?: string;
  /** The path names the model. */
  readonly modelName?: string;
}

/** How long the vendor lets a plain completion become that says nothing about it. */
const COMPLETION_TOKENS = 16;

/** A call to a service whose requests and answers go through. */
export async function runServiceCall(
  exchange: Exchange,
  gateway: Gateway,
  facts: EndpointFacts,
  service: Service,
): Promise<void> {
  const { value, form, bytes } = await readServiceBody(exchange, service.takesForm);
  const isCompletion = service.id === 'completions';
  const base = {
    abilities: new Set([service.ability]),
    textLength: service.textLengthOf(value),
    maxOutputTokens: isCompletion ? (numberOf(value, 'max_tokens') ?? COMPLETION_TOKENS) : undefined,
  };
  const needs = withAnswerCount(base, isCompletion ? completionAnswers(value) : undefined);
  const model = optionalText(value['model'], 'model');
  const head: RequestHead = { model, stream: service.deliveryOf(value) !== 'whole', needs };
  const planner = new ServicePlanner(service, form ?? jsonPayload(bytes));
  await runCall(exchange, gateway, facts, { body: value, bytes, head, planner, ownMembers: service.ownMembers });
}

/** A call for embeddings, which are translated where client and provider speak of them in different words. */
export async function runEmbedCall(
  exchange: Exchange,
  gateway: Gateway,
  facts: EndpointFacts,
  dialect: EmbedDialect,
): Promise<void> {
  const { value, bytes } = await exchange.readJson();
  const head = dialect.readHead(value);
  const planner = new EmbedPlanner(dialect, value, jsonPayload(bytes));
  await runCall(exchange, gateway, facts, { body: value, bytes, head, planner, ownMembers: [] });
}

interface ReadCall {
  readonly body: JsonObject;
  readonly bytes: Buffer;
  readonly head: RequestHead;
  readonly planner: CallPlanner;
  readonly ownMembers: readonly string[];
}

async function runCall(exchange: Exchange, gateway: Gateway, facts: EndpointFacts, call: ReadCall): Promise<void> {
  const { dialect, endpoint, provider } = facts;
  const { body, bytes, head, planner } = call;
  const selection = readBodySelection(withoutOwn(body, call.ownMembers));
  const modelName = modelNameOf(facts, head);
  if (modelName === undefined && !asksForModels(exchange, selection)) {
    throw invalidField('model', 'expected a model, a route, a tag expression or "auto"');
  }
  await runModelCall(exchange, gateway, {
    dialect,
    endpoint,
    body,
    bytes,
    head,
    planner,
    selections: provider === undefined ? [selection] : [{ providers: [provider] }, selection],
    ...(modelName === undefined ? {} : { modelName }),
  });
}

/** A `query` of words is no selection. */
function withoutOwn(body: JsonObject, ownMembers: readonly string[]): JsonObject {
  const own = ownMembers.filter((name) => !isJsonObject(body[name]));
  return own.length === 0 ? body : Object.fromEntries(Object.entries(body).filter(([name]) => !own.includes(name)));
}

/** A model of one provider; an equal `provider/` prefix is allowed. */
function modelNameOf({ provider, modelName }: EndpointFacts, { model }: RequestHead): string | undefined {
  const named = modelName ?? asString(model)?.trim();
  if (named === undefined || named === '') return undefined;
  return provider === undefined || named.startsWith(`${provider}/`) ? named : `${provider}/${named}`;
}

function asksForModels({ incoming }: Exchange, selection: Selection): boolean {
  return selection !== NO_SELECTION || readHeaderSelection(incoming.headers) !== NO_SELECTION;
}

function numberOf(body: JsonObject, name: string): number | undefined {
  const value = body[name];
  return typeof value === 'number' ? value : undefined;
}

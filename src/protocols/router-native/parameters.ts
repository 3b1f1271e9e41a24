import { asObject, type JsonObject } from '../../lib/json.ts';
import { ROUTER_MEMBERS } from '../router-members.ts';

/** Members of an invoke request that are no parameters, wherever they stand. */
const OWN_MEMBERS: ReadonlySet<string> = new Set(['prompt', 'messages', 'parameters', 'stream', 'request']);

/** Parameters in OpenAI's words: those in `parameters`, and those beside it, where the former do not say otherwise. */
export function parametersOf(body: JsonObject): JsonObject {
  return { ...onlyParameters(body), ...onlyParameters(asObject(body['parameters'])) };
}

/** Null means left out: not every provider takes it so. */
function onlyParameters(members: JsonObject): JsonObject {
  const isParameter = (name: string): boolean => !OWN_MEMBERS.has(name) && !ROUTER_MEMBERS.has(name);
  return Object.fromEntries(Object.entries(members).filter(([name, value]) => isParameter(name) && value !== null));
}

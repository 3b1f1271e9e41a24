import { sha256Hex } from '../lib/digest.ts';
import { type Environment, nameVariable, readVariable, splitKeys } from './environment.ts';
import { formatPlace, type Place, placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';
import type { Entry } from './read-sections.ts';
import type { ApiKeyConfig } from './snapshot.ts';
import { type ApiKeyTable, RESTRICTIONS } from './tables/api-key.ts';

const KEYS_VARIABLE = 'LLM_ROUTER_API_KEYS';
const DEFAULT_NAME = 'API Key';

function isRestricted(table: ApiKeyTable): boolean {
  return RESTRICTIONS.some((key) => table[key] !== undefined);
}

function roleOf(table: ApiKeyTable): ApiKeyConfig['role'] {
  return table.role ?? (isRestricted(table) ? 'call' : 'admin');
}

/** The second key of an entry is `name #2`, the third `name #3`. */
function numberedName(name: string, index: number): string {
  return index === 0 ? name : `${name} #${index + 1}`;
}

/** The keys of one entry; none, with a warning, when its variable is unset. */
function readValues({ table, place }: Entry<ApiKeyTable>, env: Environment, problems: ProblemList): string[] {
  if (table.key !== undefined) return splitKeys(table.key);
  const variable = (table.key_env ?? '').trim();
  const value = readVariable(env, variable);
  if (value !== undefined) return splitKeys(value);
  problems.add('warning', placeOf(place, 'key_env'), `${nameVariable(variable)} is not set: the key is left out`);
  return [];
}

/** Keys of the file by hash, so that none is there twice. */
function buildFileKeys(
  entries: readonly Entry<ApiKeyTable>[],
  env: Environment,
  problems: ProblemList,
): Map<string, ApiKeyConfig> {
  const keys = new Map<string, ApiKeyConfig>();
  const places = new Map<string, Place>();
  for (const entry of entries) {
    const { table, place } = entry;
    for (const [index, value] of readValues(entry, env, problems).entries()) {
      const keyHash = sha256Hex(value);
      const earlier = places.get(keyHash);
      if (earlier !== undefined) {
        problems.add('error', place, `the same key is there twice: first in ${formatPlace(earlier)}`);
        continue;
      }
      places.set(keyHash, place);
      keys.set(
        keyHash,
        Object.freeze({
          name: numberedName(table.name ?? DEFAULT_NAME, index),
          keyHash,
          isActive: table.is_active ?? true,
          allowedModels: table.allowed_models,
          allowedProviders: table.allowed_providers,
          role: roleOf(table),
        }),
      );
    }
  }
  return keys;
}

/** One warning for all keys that are administrators only because nothing says otherwise. */
function warnImplicitAdmins(entries: readonly Entry<ApiKeyTable>[], problems: ProblemList): void {
  const implicit = entries.filter(({ table }) => table.role === undefined && !isRestricted(table));
  const [first] = implicit;
  if (first === undefined) return;
  const names = implicit.map(({ table }) => `"${table.name ?? DEFAULT_NAME}"`).join(', ');
  const message = `${names}: without role and restrictions a key may do everything; write role = "admin" or "call"`;
  problems.add('warning', first.place, message);
}

/** Adds the unrestricted keys of the environment; one that the file has too keeps what the file says about it. */
function addEnvironmentKeys(keys: Map<string, ApiKeyConfig>, env: Environment, problems: ProblemList): void {
  const values = new Set(splitKeys(readVariable(env, KEYS_VARIABLE) ?? ''));
  for (const [index, value] of [...values].entries()) {
    const keyHash = sha256Hex(value);
    if (keys.has(keyHash)) {
      const message = 'one of its keys is in the file too: what the file says about it counts';
      problems.add('warning', placeOf(undefined, KEYS_VARIABLE), message);
      continue;
    }
    const name = numberedName(KEYS_VARIABLE, index);
    const unrestricted = {
      isActive: true,
      allowedModels: undefined,
      allowedProviders: undefined,
      role: 'admin',
    } as const;
    keys.set(keyHash, Object.freeze({ name, keyHash, ...unrestricted }));
  }
}

/** The keys that open the router: of `[[api_keys]]`, then of `LLM_ROUTER_API_KEYS`. Only hashes are kept. */
export function buildApiKeys(
  entries: readonly Entry<ApiKeyTable>[],
  env: Environment,
  problems: ProblemList,
): readonly ApiKeyConfig[] {
  const keys = buildFileKeys(entries, env, problems);
  warnImplicitAdmins(entries, problems);
  addEnvironmentKeys(keys, env, problems);
  return Object.freeze([...keys.values()]);
}

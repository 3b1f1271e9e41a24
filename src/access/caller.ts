import type { ApiKeyConfig, ModelEntry } from '../config/snapshot.ts';

export type Role = ApiKeyConfig['role'];

/** Who asks, as far as it was proven. */
export interface Caller {
  readonly authType: 'api_key' | 'local';
  readonly role: Role;
  readonly keyName: string | undefined;
  /** First characters of the key's hash: tells keys apart without telling them. */
  readonly keyId: string | undefined;
  /** Undefined: every model. */
  readonly permits: ((model: ModelEntry) => boolean) | undefined;
}

const KEY_ID_LENGTH = 12;

/** A caller on a clean loopback connection without a credential: the owner of the machine. */
export const LOCAL_CALLER: Caller = {
  authType: 'local',
  role: 'admin',
  keyName: undefined,
  keyId: undefined,
  permits: undefined,
};

export function callerOfKey(key: ApiKeyConfig): Caller {
  return {
    authType: 'api_key',
    role: key.role,
    keyName: key.name,
    keyId: key.keyHash.slice(0, KEY_ID_LENGTH),
    permits: permissionOf(key),
  };
}

/** The provider must be in `allowed_providers` and the model, bare or with its provider, in `allowed_models`. */
function permissionOf(key: ApiKeyConfig): Caller['permits'] {
  const models = key.allowedModels && new Set(key.allowedModels);
  const providers = key.allowedProviders && new Set(key.allowedProviders);
  if (models === undefined && providers === undefined) return undefined;
  return (model) =>
    (providers === undefined || providers.has(model.provider.name)) &&
    (models === undefined || models.has(model.key) || models.has(model.name));
}

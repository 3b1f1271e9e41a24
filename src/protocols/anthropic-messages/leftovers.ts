import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { saidMembers } from './wire.ts';

/**
 * What the canonical form has no word for, found deep inside a request. It is kept under a dotted path
 * (`thinking.display`), so that every format can tell what it loses and this one can put it back.
 */
export class Leftovers {
  readonly #members: Record<string, JsonValue> = {};

  /** `path` is where the members stood, empty for the top level. */
  keep(path: string, members: JsonObject): void {
    for (const [name, value] of Object.entries(saidMembers(members))) {
      this.#members[path === '' ? name : `${path}.${name}`] = value;
    }
  }

  /** Undefined where nothing was left over. */
  get members(): JsonObject | undefined {
    return Object.keys(this.#members).length === 0 ? undefined : this.#members;
  }
}

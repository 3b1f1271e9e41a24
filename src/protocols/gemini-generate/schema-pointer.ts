import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/**
 * The schema that a pointer within the document leads to; undefined for pointers elsewhere or to nothing.
 * https://www.rfc-editor.org/rfc/rfc6901
 */
export function resolvePointer(root: JsonObject, pointer: string): JsonObject | undefined {
  if (pointer === '#') return root;
  if (!pointer.startsWith('#/')) return undefined;
  let at: JsonValue | undefined = root;
  for (const step of pointer.slice(2).split('/')) at = memberOf(at, unescaped(step));
  return isJsonObject(at) ? at : undefined;
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as JsonObject)[name];
}

function unescaped(step: string): string {
  const plain = step.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

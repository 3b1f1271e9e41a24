import type { ToolCallPart, ToolSpec } from '../canonical/content.ts';
import { sha256Hex } from '../lib/digest.ts';
import type { ToolSupport } from './protocol.ts';

/** What a client knows a tool by. */
export interface ToolIdentity {
  readonly name: string;
  readonly namespace?: string;
  readonly isCustom?: boolean;
}

const MAX_NAME_LENGTH = 64;
const HASH_LENGTH = 8;

/**
 * Names under which a provider gets the tools of one request, and the way back. Names that the provider takes stay as
 * they are; others are made of the same characters as far as they are allowed, and stay unique.
 */
export class ToolNames {
  readonly #support: ToolSupport;
  readonly #wireNames = new Map<string, string>();
  readonly #identities = new Map<string, ToolIdentity>();
  /** False while every tool goes out as the client knows it. */
  isChanged = false;

  constructor(support: ToolSupport, tools: readonly ToolSpec[]) {
    this.#support = support;
    // Plain names first, so that no invented one takes their place.
    const named = tools.filter((tool) => tool.kind !== 'foreign');
    const isPlain = (tool: ToolIdentity): boolean => this.#plainName(tool) === tool.name;
    for (const tool of [...named.filter(isPlain), ...named.filter((tool) => !isPlain(tool))]) {
      this.wireNameOf({ ...tool, isCustom: tool.kind === 'custom' });
    }
  }

  wireNameOf(tool: ToolIdentity): string {
    const key = `${tool.namespace ?? ''}\u0000${tool.name}`;
    const known = this.#wireNames.get(key);
    if (known !== undefined) return known;
    const wireName = this.#freeName(this.#plainName(tool), key);
    this.#wireNames.set(key, wireName);
    this.#identities.set(wireName, identityOf(tool));
    const isUnwrapped = tool.isCustom === true && !this.#support.custom;
    this.isChanged ||= wireName !== tool.name || isUnwrapped;
    return wireName;
  }

  /** Undefined for a tool that the client never named. */
  identityOf(wireName: string): ToolIdentity | undefined {
    return this.#identities.get(wireName);
  }

  #plainName({ name, namespace }: ToolIdentity): string {
    const whole = namespace === undefined || this.#support.namespaces ? name : `${namespace}__${name}`;
    if (this.#support.namePattern.test(whole)) return whole;
    const fitted = whole.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, MAX_NAME_LENGTH);
    const isFit = this.#support.namePattern.test(fitted) && fitted.length === whole.length;
    return isFit ? fitted : hashedName(fitted, whole);
  }

  #freeName(wanted: string, key: string): string {
    return this.#identities.has(wanted) ? hashedName(wanted, key) : wanted;
  }
}

function identityOf({ name, namespace, isCustom }: ToolIdentity): ToolIdentity {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(isCustom === true ? { isCustom } : {}),
  };
}

function hashedName(name: string, whole: string): string {
  const start = name.slice(0, MAX_NAME_LENGTH - HASH_LENGTH - 1);
  return `${/^[a-zA-Z_]/.test(start) ? start : `t${start.slice(1)}`}_${sha256Hex(whole).slice(0, HASH_LENGTH)}`;
}

/** The id in a form that the provider takes; the same id always becomes the same. */
export function wireCallId(id: ToolCallPart['id'], { callIdPattern }: ToolSupport): string {
  if (callIdPattern === undefined || callIdPattern.test(id)) return id;
  const digest = sha256Hex(id);
  // The longest first: some providers take nine characters and no others.
  const forms = [`call_${digest.slice(0, 24)}`, digest.slice(0, 24), digest.slice(0, 9)];
  return forms.find((form) => callIdPattern.test(form)) ?? id;
}

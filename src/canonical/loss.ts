/** `meaning`: the answer may be wrong without it (a schema, a picture, a choice of tool). `minor`: it is only less exact. */
export type LossSeverity = 'minor' | 'meaning';

/** Something of a request that a provider's format cannot say. */
export interface Loss {
  /** Name of the field in the words of the client's format or, where those differ, in OpenAI's: `top_k`. */
  readonly field: string;
  readonly outcome: 'dropped' | 'approximated';
  /** A few words without `;` and `,`: `unsupported`, `only 4 stop sequences`. */
  readonly reason: string;
  readonly severity: LossSeverity;
}

/** More than that says nothing more. */
const MAX_ENTRIES = 32;

const NOTHING: readonly Loss[] = Object.freeze([]);

/** What one translation could not carry. Each field is told once. */
export class LossLedger {
  /** Made with the first entry: most calls lose nothing. */
  #entries: Map<string, Loss> | undefined;

  dropped(field: string, severity: LossSeverity, reason = 'unsupported'): void {
    this.#note({ field, outcome: 'dropped', reason, severity });
  }

  approximated(field: string, severity: LossSeverity, reason: string): void {
    this.#note({ field, outcome: 'approximated', reason, severity });
  }

  get entries(): readonly Loss[] {
    return this.#entries === undefined ? NOTHING : [...this.#entries.values()];
  }

  /** The first word about a field stays, unless a later one is worse. */
  #note(loss: Loss): void {
    const entries = this.#entries ?? new Map<string, Loss>();
    this.#entries = entries;
    const known = entries.get(loss.field);
    const isWorse = known?.severity === 'minor' && loss.severity === 'meaning';
    if (known !== undefined ? isWorse : entries.size < MAX_ENTRIES) entries.set(loss.field, loss);
  }
}

import type { Usage } from '../canonical/usage.ts';

/** Recorded calls that asked the same question and ended at the same model, added up. */
export interface TrafficGroup {
  /** JSON text of the query, as the records hold it. */
  readonly query: string;
  /** The model as asked for. */
  readonly requestedModel: string | undefined;
  /** Path pattern. */
  readonly endpoint: string;
  /** Of the caller's key; undefined for a local caller without one. */
  readonly apiKeyId: string | undefined;
  /** What the requests needed from a model, with commas between; undefined where the records do not say. */
  readonly needs: string | undefined;
  /** `provider/model` that answered or was tried last; undefined where none could be chosen. */
  readonly target: string | undefined;
  readonly calls: number;
  /** Those of them that ended in an error. */
  readonly failedCalls: number;
  readonly usage: Usage;
  /** US dollars; undefined where no record says. */
  readonly costUsd: number | undefined;
}

/** Reads what was recorded in a monitor database since a time (milliseconds since the Unix epoch), and changes nothing. */
export type ReadTraffic = (file: string, since: number) => Iterable<TrafficGroup>;

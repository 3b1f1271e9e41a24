/** What the edge grants to clients, whoever they are. */
export interface EdgeLimits {
  /** Connections beyond it get a 503 for their first request, or are closed where there are many more. */
  readonly maxConnections: number;
  /** For all headers of a request, from its first byte on; a connection that says nothing counts too. */
  readonly headersMs: number;
  /** A body may arrive at any pace in this time; after it, as fast as `minBodyBytesPerSecond` on the average. */
  readonly bodyGraceMs: number;
  readonly minBodyBytesPerSecond: number;
  /** For a whole request, however fast. */
  readonly requestMs: number;
  /** Between two requests of a connection. */
  readonly keepAliveMs: number;
  /** A client that takes nothing of what waits for it is cut off after this time, at the latest after twice of it. */
  readonly readerStallMs: number;
  /** How often connections are looked at. */
  readonly checkIntervalMs: number;
}

export const EDGE_LIMITS: EdgeLimits = {
  maxConnections: 10_000,
  headersMs: 10_000,
  bodyGraceMs: 10_000,
  minBodyBytesPerSecond: 1024,
  requestMs: 300_000,
  // Longer than the idle time of common reverse proxies' pools, so that they close first.
  keepAliveMs: 65_000,
  readerStallMs: 60_000,
  checkIntervalMs: 1000,
};

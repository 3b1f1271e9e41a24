import { HEADER_FAMILIES, type HeaderFamily, type HeaderWindow, type LimitUnit } from './rate-limit-families.ts';
import { parseResetTime } from './reset-time.ts';
import { type HeaderValues, headerText, parseDecimal } from './retry-after.ts';

/** What an answer says about one limit of its sender. */
export interface LimitReading {
  /** Tells the windows of one sender apart: `requests`, `tokens-minute`. */
  readonly name: string;
  readonly unit: LimitUnit;
  /** Size of the full window; undefined where it is not told. */
  readonly limit: number | undefined;
  readonly remaining: number;
  /** Until the window is full again, in milliseconds from now. */
  readonly resetMs: number;
  /** It fills up evenly until then, not all at once. Only where `limit` is known. */
  readonly isSteady: boolean;
}

/** The style of these headers; undefined where they tell of no limit. */
export function familyOf(headers: HeaderValues): HeaderFamily | undefined {
  return HEADER_FAMILIES.find(({ telling }) => telling.some((name) => headers[name] !== undefined));
}

/** What the headers say about each window of `family`. `wallTime`: now, in milliseconds since the epoch. */
export function readLimits(family: HeaderFamily, headers: HeaderValues, wallTime: number): LimitReading[] {
  const readings: LimitReading[] = [];
  for (const window of family.windows) {
    const reading = readWindow(window, family.isSteady, headers, wallTime);
    if (reading !== undefined) readings.push(reading);
  }
  return readings;
}

function readWindow(
  window: HeaderWindow,
  isSteady: boolean,
  headers: HeaderValues,
  wallTime: number,
): LimitReading | undefined {
  const remaining = parseCount(headerText(headers, window.remaining));
  if (remaining === undefined) return undefined;
  const limit = parseCount(headerText(headers, window.limit));
  const fillsEvenly = isSteady && limit !== undefined && limit > 0;
  const told = window.reset === undefined ? undefined : parseResetTime(headerText(headers, window.reset), wallTime);
  // Untold, an empty window takes its whole span to fill up again, a fuller one its part of it.
  const spanMs = window.spanMs !== undefined && fillsEvenly ? partOf(window.spanMs, remaining, limit) : window.spanMs;
  const resetMs = told ?? spanMs;
  if (resetMs === undefined) return undefined;
  return { name: window.name, unit: window.unit, limit, remaining, resetMs, isSteady: fillsEvenly };
}

function partOf(spanMs: number, remaining: number, limit: number): number {
  return (spanMs * Math.max(0, limit - remaining)) / limit;
}

/** Some senders count below zero where a window is overdrawn. */
function parseCount(text: string): number | undefined {
  if (!text.startsWith('-')) return parseDecimal(text);
  return parseDecimal(text.slice(1)) === undefined ? undefined : 0;
}

/**
 * Until none of the used-up windows that the headers tell of is empty any more, in milliseconds; undefined where no
 * window is used up, or none is told of. For refusals that do not say themselves when to come back.
 */
export function msUntilRefilled(headers: HeaderValues, wallTime: number): number | undefined {
  const family = familyOf(headers);
  if (family === undefined) return undefined;
  const empty = readLimits(family, headers, wallTime).filter(({ remaining }) => remaining === 0);
  return empty.length === 0 ? undefined : Math.max(...empty.map(firstPlaceMs));
}

/** A window that fills evenly has its first place long before it is full. */
function firstPlaceMs({ resetMs, limit, isSteady, unit }: LimitReading): number {
  return isSteady && unit === 'requests' && limit !== undefined ? resetMs / limit : resetMs;
}

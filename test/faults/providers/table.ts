import type { Fault, FaultCase, Mode } from './fault.ts';
import type { ShapeId } from './shapes.ts';
import { BODY_FAULTS } from './table/bodies.ts';
import { BROKEN_STARTS } from './table/broken-starts.ts';
import { BROKEN_STREAMS } from './table/broken-streams.ts';
import { CODING_FAULTS } from './table/codings.ts';
import { CONNECTION_FAULTS } from './table/connections.ts';
import { HARMLESS_STREAMS } from './table/harmless-streams.ts';
import { HEAD_FAULTS } from './table/heads.ts';
import { LIMIT_FAULTS } from './table/limits.ts';
import { STATUS_FAULTS } from './table/statuses.ts';

/** Everything that a provider may do wrong, or oddly. */
export const FAULTS: readonly Fault[] = [
  ...CONNECTION_FAULTS,
  ...HEAD_FAULTS,
  ...STATUS_FAULTS,
  ...LIMIT_FAULTS,
  ...BODY_FAULTS,
  ...CODING_FAULTS,
  ...HARMLESS_STREAMS,
  ...BROKEN_STARTS,
  ...BROKEN_STREAMS,
];

const MODES: readonly Mode[] = ['whole', 'stream'];

/** Each fault in one of its ways, going round: what every run of the tests has time for. */
export function sampleOf(shape: ShapeId): readonly FaultCase[] {
  const cases = casesOf(shape);
  return FAULTS.filter(({ isHeavy }) => isHeavy !== true).flatMap((fault, index) => {
    const ways = cases.filter((faultCase) => faultCase.fault === fault);
    return ways.slice(index % Math.max(1, ways.length)).slice(0, 1);
  });
}

/** The faults that a provider of this shape can commit, each in every way in which it can be met. */
export function casesOf(client: ShapeId, provider: ShapeId = client): readonly FaultCase[] {
  return FAULTS.filter(({ shapes }) => shapes?.includes(provider) ?? true).flatMap((fault) =>
    (fault.modes ?? MODES).flatMap((mode) =>
      [false, true].map((hasFallback) => {
        const name = `${fault.id}_${mode}_${hasFallback ? 'fallback' : 'alone'}`;
        return { name, fault, client, provider, mode, hasFallback };
      }),
    ),
  );
}

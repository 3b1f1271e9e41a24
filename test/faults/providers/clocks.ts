import type { Fault, ShortClock } from './fault.ts';

/** Milliseconds of the router's clocks for one case. */
export interface CaseClocks {
  readonly connectMs: number;
  readonly firstTokenMs: number;
  readonly idleMs: number;
}

/** No healthy exchange on loopback takes so long, however busy the machine is. */
const PATIENT: CaseClocks = { connectMs: 40_000, firstTokenMs: 40_000, idleMs: 40_000 };

/** The one clock that ends the wait is short; no other may end it before. */
const CLOCKS: Readonly<Record<ShortClock, CaseClocks>> = {
  connect: { ...PATIENT, connectMs: 300 },
  'first-token': { ...PATIENT, firstTokenMs: 400 },
  idle: { ...PATIENT, idleMs: 400 },
  total: PATIENT,
};

export function clocksOf({ clock }: Fault): CaseClocks {
  return clock === undefined ? PATIENT : CLOCKS[clock];
}

/** Of the router that plays the faults which only the total clock ends. */
export const SHORT_TOTAL_MS = 1500;
export const PATIENT_TOTAL_MS = 120_000;

export const RETRY_AFTER_CAP_MS = 1500;
const MAX_DELAY_MS = 100;

/** Room for a machine that does other things too; less than any patient clock. */
const SLACK_MS = 30_000;

/** The longest that a case may take: its clocks once for each try, the waits between them, and some room. */
export function boundMs(fault: Fault): number {
  const { connectMs, firstTokenMs, idleMs } = clocksOf(fault);
  const waits = { connect: connectMs, 'first-token': firstTokenMs, idle: idleMs, total: SHORT_TOTAL_MS } as const;
  const waitMs = fault.clock === undefined ? 0 : waits[fault.clock];
  const tries = 2;
  return waitMs * tries + RETRY_AFTER_CAP_MS + MAX_DELAY_MS + SLACK_MS;
}

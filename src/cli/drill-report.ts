import type { RouterSnapshot } from '../config/snapshot.ts';
import { costOf } from '../monitor/pricing.ts';
import type { TrafficGroup } from '../monitor/traffic.ts';
import { type DrillDecision, decideAgain, type Killed } from './drill-decision.ts';

/** Calls that went to one model and would go to another one, to the same one, or nowhere. */
export interface DrillMove {
  /** `provider/model`; undefined where nobody could be chosen then. */
  readonly from: string | undefined;
  /** Undefined: nobody could serve them. */
  readonly to: string | undefined;
  /** Why nobody could. */
  readonly reason: string | undefined;
  readonly calls: number;
  /** Those of them that failed when they were made. */
  readonly failedCalls: number;
  /** US dollars as recorded. */
  readonly costBeforeUsd: number;
  /** At the price of the model they would go to; undefined where that price is not known. */
  readonly costAfterUsd: number | undefined;
}

export interface DrillReport {
  readonly calls: number;
  readonly unservedCalls: number;
  /** Those of them that were answered when they were made. */
  readonly lostCalls: number;
  /** Most calls first. */
  readonly moves: readonly DrillMove[];
  /** Calls of whose requests the records do not say what they needed (images, tools, a JSON schema). */
  readonly callsWithoutNeeds: number;
}

interface OpenMove {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly reason: string | undefined;
  calls: number;
  failedCalls: number;
  costBeforeUsd: number;
  costAfterUsd: number | undefined;
}

/** Names of models and reasons may come from clients, so that there may be any number of them. */
const MAX_MOVES = 1000;
const OTHERS = { from: '(others)', to: '(others)', reason: undefined };
const NOBODY = { from: '(others)', to: undefined, reason: 'Many other reasons.' };

/** Where recorded calls would go with `killed` taken out. Every call of `traffic` is in exactly one move. */
export function reportDrill(snapshot: RouterSnapshot, traffic: Iterable<TrafficGroup>, killed: Killed): DrillReport {
  const moves = new Map<string, OpenMove>();
  let callsWithoutNeeds = 0;
  for (const group of traffic) {
    const decision = decideAgain(snapshot, group, killed);
    const move = moveOf(moves, group, decision);
    move.calls += group.calls;
    move.failedCalls += group.failedCalls;
    move.costBeforeUsd += group.costUsd ?? 0;
    move.costAfterUsd = sum(move.costAfterUsd, costAfter(group, decision));
    if (group.needs === undefined) callsWithoutNeeds += group.calls;
  }
  const all = [...moves.values()].sort((left, right) => right.calls - left.calls);
  const unserved = all.filter(({ to }) => to === undefined);
  const unservedCalls = total(unserved, 'calls');
  return {
    calls: total(all, 'calls'),
    unservedCalls,
    lostCalls: unservedCalls - total(unserved, 'failedCalls'),
    moves: all,
    callsWithoutNeeds,
  };
}

function moveOf(moves: Map<string, OpenMove>, group: TrafficGroup, decision: DrillDecision): OpenMove {
  const isServed = 'model' in decision;
  const exact = {
    from: group.target,
    to: isServed ? decision.model.key : undefined,
    reason: isServed ? undefined : decision.reason,
  };
  const known = moves.get(keyOf(exact));
  if (known !== undefined) return known;
  const rest = isServed ? OTHERS : NOBODY;
  const facts = moves.size < MAX_MOVES ? exact : rest;
  const move = moves.get(keyOf(facts)) ?? { ...facts, calls: 0, failedCalls: 0, costBeforeUsd: 0, costAfterUsd: 0 };
  moves.set(keyOf(facts), move);
  return move;
}

function keyOf({ from, to, reason }: Pick<DrillMove, 'from' | 'to' | 'reason'>): string {
  return JSON.stringify([from, to, reason]);
}

/** A model without a price keeps what it cost where the calls stay with it. Nobody costs nothing. */
function costAfter({ usage, target, costUsd }: TrafficGroup, decision: DrillDecision): number | undefined {
  if (!('model' in decision)) return 0;
  const { price, key } = decision.model;
  if (price !== undefined) return costOf(price, usage) ?? 0;
  return key === target ? (costUsd ?? 0) : undefined;
}

/** What is not known stays so, whatever is added to it. */
function sum(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left + right;
}

function total(moves: readonly OpenMove[], count: 'calls' | 'failedCalls'): number {
  return moves.reduce((before, move) => before + move[count], 0);
}

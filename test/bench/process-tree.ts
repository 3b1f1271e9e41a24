import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time for user space in hundredths of a second on every platform that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100;
const MICROS_PER_TICK = 1_000_000 / TICKS_PER_SECOND;

interface ProcessStat {
  readonly parent: number;
  /** Of all threads, and of children that ended and were waited for. */
  readonly cpuTicks: number;
}

/** User and kernel time of a process, its threads and its descendants so far, in microseconds. */
export function cpuMicrosOf(root: number): number {
  const stats = readStats();
  const ticks = treeOf(root, stats).reduce((sum, pid) => sum + (stats.get(pid)?.cpuTicks ?? 0), 0);
  return ticks * MICROS_PER_TICK;
}

export interface Memory {
  readonly residentMiB: number;
  readonly peakMiB: number;
}

/** Of a process and its descendants. */
export function memoryOf(root: number): Memory {
  const texts = treeOf(root, readStats()).map((pid) => readProc(`${pid}/status`) ?? '');
  const sumOf = (field: string): number =>
    texts.reduce((sum, text) => sum + Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1] ?? 0), 0) / 1024;
  return { residentMiB: sumOf('VmRSS'), peakMiB: sumOf('VmHWM') };
}

/** CPU time that everything on the machine has used, in microseconds. */
export function machineCpuMicros(): number {
  const [first = ''] = (readProc('stat') ?? '').split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * MICROS_PER_TICK;
}

function readStats(): Map<number, ProcessStat> {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined;
    if (stat !== undefined) stats.set(Number(name), stat);
  }
  return stats;
}

/** Fields after the name, which may itself hold blanks and brackets, so counted from its last bracket. */
function readStat(pid: string): ProcessStat | undefined {
  const text = readProc(`${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return { parent, cpuTicks: user + system + childUser + childSystem };
}

function treeOf(root: number, stats: ReadonlyMap<number, ProcessStat>): number[] {
  const tree = [root];
  for (const member of tree) {
    for (const [pid, { parent }] of stats) if (parent === member) tree.push(pid);
  }
  return tree;
}

/** Undefined for a process that has ended meanwhile. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return undefined;
  }
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { WaitingLine, type WaitOutcome } from '../../../src/routing/waiting-line.ts';

/** A clock that tests move, with the timers that hang on it. */
class ManualTime {
  current = 0;
  started = 0;
  readonly #timers = new Map<number, { readonly run: () => void; readonly dueAt: number }>();

  readonly clock = { now: () => this.current };

  readonly timers = {
    start: (run: () => void, delayMs: number): number => {
      this.started += 1;
      this.#timers.set(this.started, { run, dueAt: this.current + delayMs });
      return this.started;
    },
    stop: (timer: unknown): void => {
      this.#timers.delete(timer as number);
    },
  };

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass and lets those run whose time has come; `early` fires them before their time, as Node may. */
  async advance(ms: number, early = 0): Promise<void> {
    this.current += ms;
    for (const [id, timer] of [...this.#timers]) {
      if (timer.dueAt - early > this.current) continue;
      this.#timers.delete(id);
      timer.run();
    }
    await Promise.resolve();
  }
}

function makeLine(capacity?: number): {
  time: ManualTime;
  line: WaitingLine;
  outcomes: Map<string, WaitOutcome>;
  wait: Wait;
} {
  const time = new ManualTime();
  const line = new WaitingLine({
    clock: time.clock,
    timers: time.timers,
    ...(capacity === undefined ? {} : { capacity }),
  });
  const outcomes = new Map<string, WaitOutcome>();
  const wait: Wait = (name, ms) => {
    let cancel = (): void => {};
    const promise = line.wait(ms, (registered) => {
      cancel = registered;
    });
    void promise.then((outcome) => outcomes.set(name, outcome));
    return () => cancel();
  };
  return { time, line, outcomes, wait };
}

type Wait = (name: string, ms: number) => () => void;

describe('WaitingLine', () => {
  it('releases everybody when it is time, with one timer', async () => {
    const { time, line, outcomes, wait } = makeLine();
    wait('late', 300);
    wait('early', 100);
    wait('middle', 200);
    wait('early too', 100);
    expect([line.length, time.pending]).toEqual([4, 1]);
    await time.advance(99);
    expect([...outcomes.keys()]).toEqual([]);
    await time.advance(1);
    expect([...outcomes.keys()]).toEqual(['early', 'early too']);
    await time.advance(100);
    await time.advance(100);
    expect([...outcomes]).toEqual([
      ['early', 'ready'],
      ['early too', 'ready'],
      ['middle', 'ready'],
      ['late', 'ready'],
    ]);
    expect([line.length, time.pending]).toEqual([0, 0]);
  });

  it('releases nobody early when the timer comes early', async () => {
    const { time, outcomes, wait } = makeLine();
    wait('only', 100);
    await time.advance(99.5, 1);
    expect([outcomes.size, time.pending]).toEqual([0, 1]);
    await time.advance(1);
    expect(outcomes.get('only')).toBe('ready');
  });

  it('lets go of one who left, and of the timer when nobody is left', async () => {
    const { time, line, outcomes, wait } = makeLine();
    const leave = wait('leaver', 100);
    const stay = wait('stayer', 100);
    leave();
    leave();
    await Promise.resolve();
    expect([outcomes.get('leaver'), line.length, time.pending]).toEqual(['cancelled', 1, 1]);
    stay();
    await Promise.resolve();
    expect([outcomes.get('stayer'), line.length, time.pending]).toEqual(['cancelled', 0, 0]);
    await time.advance(1000);
    expect([...outcomes.values()]).toEqual(['cancelled', 'cancelled']);
  });

  it('is not moved by one who leaves after the wait', async () => {
    const { time, line, outcomes, wait } = makeLine();
    const leave = wait('first', 10);
    await time.advance(10);
    wait('second', 10);
    leave();
    await Promise.resolve();
    expect([outcomes.get('first'), line.length]).toEqual(['ready', 1]);
  });

  it('knows those who had left before they came', async () => {
    const { line } = makeLine();
    expect(await line.wait(10, (cancel) => cancel())).toBe('cancelled');
    expect(await line.wait(0, (cancel) => cancel())).toBe('cancelled');
    expect(line.length).toBe(0);
  });

  it('refuses whoever is too many, but nobody who need not wait', async () => {
    const { time, line, wait } = makeLine(2);
    wait('first', 100);
    const leave = wait('second', 100);
    expect(await line.wait(100)).toBe('refused');
    expect(await line.wait(0)).toBe('ready');
    leave();
    const third = line.wait(100);
    expect(line.length).toBe(2);
    await time.advance(100);
    expect(await third).toBe('ready');
  });

  it('bears waits that are longer than any timer', async () => {
    const { time, outcomes, wait } = makeLine();
    wait('patient', 2 ** 40);
    await time.advance(2 ** 31);
    expect([outcomes.size, time.pending]).toEqual([0, 1]);
    await time.advance(2 ** 40);
    expect(outcomes.get('patient')).toBe('ready');
  });

  it('releases in order and loses nobody, whoever comes and leaves', async () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ kind: fc.constant('leave' as const), index: fc.nat() }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 5 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 100 }), async (events) => {
        const { time, line, outcomes, wait } = makeLine();
        const dueAt = new Map<string, number>();
        const leavers: { name: string; leave: () => void }[] = [];
        const gone = new Set<string>();
        const check = (): void => {
          for (const [name, due] of dueAt) {
            const expected = gone.has(name) ? 'cancelled' : due <= time.current ? 'ready' : undefined;
            expect(outcomes.get(name)).toBe(expected);
          }
        };
        for (const [index, step] of events.entries()) {
          if (step.kind === 'wait') {
            const name = `waiter ${index}`;
            dueAt.set(name, time.current + step.ms);
            leavers.push({ name, leave: wait(name, step.ms) });
          } else if (step.kind === 'leave') {
            const leaver = leavers[step.index % Math.max(1, leavers.length)];
            if (leaver === undefined) continue;
            if (outcomes.get(leaver.name) === undefined) gone.add(leaver.name);
            leaver.leave();
            await Promise.resolve();
          } else {
            await time.advance(step.ms);
          }
          expect(time.pending).toBe(line.length > 0 ? 1 : 0);
          check();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('makes calls at their time, which take nobody the place', async () => {
    const { time, line, outcomes, wait } = makeLine(1);
    const calls: string[] = [];
    line.callLater(100, (now) => calls.push(`first at ${now}`));
    const callOff = line.callLater(150, () => calls.push('called off'));
    line.callLater(200, (now) => {
      calls.push(`second at ${now}`);
      line.callLater(50, (later) => calls.push(`third at ${later}`));
    });
    wait('only', 150);
    expect([line.length, time.pending]).toEqual([1, 1]);
    callOff();
    callOff();
    for (let step = 0; step < 6; step += 1) await time.advance(50);
    expect(calls).toEqual(['first at 100', 'second at 200', 'third at 250']);
    expect([outcomes.get('only'), line.length, time.pending]).toEqual(['ready', 0, 0]);
  });

  it('works on the timers of Node', async () => {
    const line = new WaitingLine({ clock: systemClock });
    const released: number[] = [];
    await Promise.all([30, 5, 15].map((ms) => line.wait(ms).then(() => released.push(ms))));
    expect(released).toEqual([5, 15, 30]);
    expect(line.length).toBe(0);
  });
});

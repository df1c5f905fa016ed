import cron from 'node-cron';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** Runs `run` once on each local day, at `at` or as soon after it as the box is up. */
export interface Daily {
  /** Looks whether a day's run is due; called at the start, after a clock step, and by cron. */
  check(): Promise<void>;
  stop(): void;
}

export interface DailyParts {
  /** Local time, `08:00`. */
  readonly at: string;
  readonly timeZone: string;
  readonly utcOffsetMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Local date of the last run, `2026-03-16`; undefined for never. Kept by whoever runs. */
  readonly lastRun: () => Promise<string | undefined>;
  readonly run: (date: string) => Promise<void>;
}

/** The local date whose run is due at `nowMs`; null while it is too early or it has been. */
export function dueDate(
  nowMs: number,
  utcOffsetMs: number,
  at: string,
  lastDate: string | undefined,
): string | null {
  const local = new Date(nowMs + utcOffsetMs).toISOString();
  const date = local.slice(0, 10);
  if (local.slice(11, 16) < at) return null;
  // A clock that went back must not run a day twice.
  return lastDate !== undefined && lastDate >= date ? null : date;
}

/** How far the wall clock may move against the monotonic one before it counts as set, ms. */
const stepMs = 2000;
const watchMs = 1000;

/**
 * node-cron for the hour, and a watch on the clock: on a jump the task is stopped and started anew, since
 * node-cron otherwise walks through every slot that was jumped over, or waits until the old time comes again.
 */
export function startDaily({
  at,
  timeZone,
  utcOffsetMs,
  clock,
  log,
  lastRun,
  run,
}: DailyParts): Daily {
  let busy: Promise<void> | null = null;
  const check = async () => {
    // Without a trusted clock nobody knows which day it is; the next step of the clock asks again.
    if (!clock.trusted()) return;
    const date = dueDate(clock.nowMs(), utcOffsetMs, at, await lastRun());
    if (date !== null) await run(date);
  };
  const checkOnce = () => {
    busy ??= check()
      .catch((cause) => log.error({ err: cause }, 'the daily run failed'))
      .finally(() => {
        busy = null;
      });
    return busy;
  };
  const [hour = '8', minute = '0'] = at.split(':');
  const quiet = {
    info() {},
    warn() {},
    debug() {},
    error: (message: unknown) => log.error({ message: String(message) }, 'cron'),
  };
  const task = cron.schedule(`${Number(minute)} ${Number(hour)} * * *`, () => checkOnce(), {
    timezone: timeZone,
    noOverlap: true,
    suppressMissedWarning: true,
    logger: quiet,
  });
  let offsetMs = clock.nowMs() - clock.monoMs();
  const watch = setInterval(() => {
    const nowMs = clock.nowMs() - clock.monoMs();
    if (Math.abs(nowMs - offsetMs) < stepMs) {
      offsetMs = nowMs;
      return;
    }
    offsetMs = nowMs;
    void task.stop();
    void task.start();
    void checkOnce();
  }, watchMs);
  watch.unref();
  void checkOnce();
  return {
    check: checkOnce,
    stop() {
      clearInterval(watch);
      void task.destroy();
    },
  };
}

import { z } from 'zod';
import { isLive } from './fold.ts';
import { defineRule } from './rule.ts';

const Config = z.strictObject({
  vehicles: z
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe('Vehicles in the lane from which it is a queue.'),
  holdMin: z.number().positive().max(60).default(3).describe('So long at that length, min.'),
  waitMin: z
    .number()
    .positive()
    .max(60)
    .default(4)
    .describe('Or so long without a free lane, min.'),
  gapS: z
    .number()
    .positive()
    .max(120)
    .default(12)
    .describe('The next vehicle rolls up within this while others wait, s.'),
  clearMin: z
    .number()
    .positive()
    .max(60)
    .default(5)
    .describe('It is over after so long with a free lane, min.'),
});

interface State {
  /** The loop at the arm. */
  occupied: boolean;
  /** Since when the loop has had no pause longer than gapS. */
  busySinceMs: number | null;
  freeSinceMs: number | null;
  /** The loop further back, where there is one. */
  tailSinceMs: number | null;
  /** Time of each loop's last word; an older one is late and says nothing of now. */
  loopMs?: number;
  tailMs?: number;
  /** Passages since the lane became busy, and when the last of them was. */
  passed: number;
  raised: boolean;
  sinceMs: number;
}

/** Vehicles wait at the gate: the loop at the arm has no pause, or one further back stays occupied. */
export const gateQueue = defineRule<z.infer<typeof Config>, State>({
  id: 'gate.queue',
  title: { zh: '大门排队', en: 'Queue at the gate' },
  scope: 'lane',
  wants: ['presence', 'passage', 'tick'],
  config: Config,
  doubt: () => ({
    could: {
      zh: '一辆车停在地感上、车辆抛锚，或地感故障',
      en: 'one vehicle standing on the loop, a breakdown, or a loop that sticks',
    },
    blind: {
      zh: '地感数不清车辆，辆数是估计',
      en: 'A loop does not count vehicles: their number is an estimate',
    },
  }),
  applies: (subject) => subject.scope === 'lane' && subject.devices.length > 0,
  initial: () => ({
    occupied: false,
    busySinceMs: null,
    freeSinceMs: null,
    tailSinceMs: null,
    passed: 0,
    raised: false,
    sinceMs: 0,
  }),

  step(state, input, subject, config, emit) {
    if (subject.scope !== 'lane') return;
    const { lane } = subject;
    switch (input.kind) {
      case 'start':
      case 'clock':
        // What was held across a stop or a clock step is not known to have been held.
        state.busySinceMs = null;
        state.tailSinceMs = null;
        state.freeSinceMs = null;
        state.occupied = false;
        delete state.loopMs;
        delete state.tailMs;
        return;
      case 'presence':
        if (lane.queueLoop !== undefined && input.input === lane.queueLoop) {
          if (input.atMs < (state.tailMs ?? input.atMs)) return;
          state.tailMs = input.atMs;
          state.tailSinceMs = input.occupied ? (state.tailSinceMs ?? input.atMs) : null;
        } else if (input.input === (lane.loop ?? 'loop')) {
          if (input.atMs < (state.loopMs ?? input.atMs)) return;
          state.loopMs = input.atMs;
          step(state, input.occupied, input.atMs, config.gapS * 1000);
        }
        break;
      case 'passage':
        if (!isLive(input)) return;
        if (state.busySinceMs !== null) state.passed += 1;
        // A camera's clock is not the loop's: how long somebody has waited is asked at the next tick.
        return;
      case 'tick':
        if (!state.occupied && state.freeSinceMs !== null && state.busySinceMs !== null) {
          if (input.atMs - state.freeSinceMs > config.gapS * 1000) endBusy(state);
        }
        break;
      default:
        return;
    }
    judge(state, input.atMs, subject, config, emit);
  },
});

function step(state: State, occupied: boolean, atMs: number, gapMs: number): void {
  if (occupied === state.occupied) return;
  state.occupied = occupied;
  if (!occupied) {
    state.freeSinceMs = atMs;
    return;
  }
  const paused = state.freeSinceMs !== null && atMs - state.freeSinceMs > gapMs;
  if (state.busySinceMs === null || paused) {
    state.busySinceMs = atMs;
    state.passed = 0;
  }
  state.freeSinceMs = null;
}

function endBusy(state: State): void {
  state.busySinceMs = null;
  state.passed = 0;
}

type Step = Parameters<typeof gateQueue.step>;

function judge(
  state: State,
  atMs: number,
  subject: Step[2],
  config: z.infer<typeof Config>,
  emit: Step[4],
): void {
  if (subject.scope !== 'lane') return;
  const { lane } = subject;
  const busyMs = state.busySinceMs === null ? 0 : atMs - state.busySinceMs;
  const tailMs = state.tailSinceMs === null ? 0 : atMs - state.tailSinceMs;
  const long = tailMs >= config.holdMin * 60_000;
  const slow = busyMs >= config.waitMin * 60_000;

  if (!state.raised) {
    if (!long && !slow) return;
    state.raised = true;
    state.sinceMs = Math.min(state.tailSinceMs ?? atMs, state.busySinceMs ?? atMs);
  } else {
    const freeMs = state.freeSinceMs === null ? 0 : atMs - state.freeSinceMs;
    const over =
      state.tailSinceMs === null && !state.occupied && freeMs >= config.clearMin * 60_000;
    if (!over) return;
    state.raised = false;
  }
  const minutes = Math.round((atMs - state.sinceMs) / 60_000);
  const perMinute = busyMs > 0 ? state.passed / (busyMs / 60_000) : 0;
  const vehicles = long ? config.vehicles : Math.max(2, Math.round(perMinute));
  const evidence = {
    vehicles,
    waitMin: Math.max(1, Math.round(Math.max(busyMs, tailMs) / 60_000)),
    minutes,
    passedPerMin: Number(perMinute.toFixed(1)),
    direction: lane.direction,
  };
  const name = lane.title ?? lane.id;
  emit({
    change: state.raised ? 'raised' : 'cleared',
    severity: state.raised ? 'minor' : 'info',
    atMs,
    sinceMs: state.sinceMs,
    evidence,
    text: state.raised
      ? {
          zh: `${name}排队约${vehicles}辆，已连续${evidence.waitMin}分钟没有空档，请开备用道或人工疏导。`,
          en: `${name}: about ${vehicles} vehicles queued, no gap for ${evidence.waitMin} min. Open the spare lane or direct traffic.`,
        }
      : {
          zh: `${name}排队已消散，历时${minutes}分钟。`,
          en: `${name}: the queue is gone after ${minutes} min.`,
        },
  });
}

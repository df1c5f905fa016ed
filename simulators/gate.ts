import type { Reading } from '../drivers/reading.ts';
import type { Random } from './random.ts';
import type { VillageLane } from './village-lanes.ts';

/** One lane: vehicles arrive, stand on the loop, are read, pass. */
export interface Lane {
  /** Everything that happened until `s`, in order. */
  until(s: number): readonly Reading[];
}

export interface LanePlan {
  readonly lane: string;
  readonly device: string;
  readonly direction: VillageLane['direction'];
  /** Vehicles a minute at `s` seconds after midnight. */
  readonly perMinute: (s: number) => number;
  /** What the whole simulated time is counted from, ms UTC. */
  readonly midnightMs: number;
  readonly startS: number;
}

/** How long one vehicle takes at the arm, s. */
const serviceS = [9, 22] as const;
/** So many waiting vehicles reach the second loop. */
const queueLoopAt = 5;
const provinces = ['沪', '沪', '沪', '沪', '苏', '浙', '皖'] as const;
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ';

/** A morning at the gate: 06:45 to 09:00 out of the village, evenings into it. */
export function ordinaryTraffic(direction: VillageLane['direction']): (s: number) => number {
  const peakH = direction === 'out' ? 7.7 : 18.3;
  return (s) => {
    const hour = (s / 3600) % 24;
    const night = hour < 5.5 ? 0.03 : 0.25;
    return night + 1.6 * Math.exp(-(((hour - peakH) / 0.9) ** 2));
  };
}

/** A landlord's yard: a car an hour by day. */
export const yardTraffic = (s: number): number => {
  const hour = (s / 3600) % 24;
  return hour < 6 ? 0.002 : 0.02;
};

export function createLane(random: Random, plan: LanePlan): Lane {
  const { lane, device, direction, midnightMs } = plan;
  let at = plan.startS;
  let freeS = plan.startS;
  let arrivals: number[] = [];
  let queued = false;
  let event = 0;
  const pending: Reading[] = [];
  const atMs = (s: number) => Math.round(midnightMs + s * 1000);

  const plate = () => {
    const digits = Array.from({ length: 5 }, () => random.integer(0, 9)).join('');
    return `${random.pick(provinces)}${letters[random.integer(0, letters.length - 1)]}${digits}`;
  };

  const pass = (arrivedS: number) => {
    const fromS = Math.max(arrivedS, freeS + random.between(1.5, 4));
    const toS = fromS + random.between(serviceS[0], serviceS[1]);
    freeS = toS;
    event += 1;
    const common = { device, lane };
    const read = random.chance(0.96);
    const registered = random.chance(0.8);
    pending.push(
      { kind: 'presence', ...common, atMs: atMs(fromS), input: 'loop', occupied: true },
      {
        kind: 'passage',
        ...common,
        atMs: atMs(fromS + 1.2),
        direction,
        credential: read ? 'plate' : 'none',
        result: !read ? 'unknown' : registered ? 'registered' : 'visitor',
        vehicle: 'car',
        event: `${device}-${atMs(fromS)}-${event}`,
        ...(read ? { plate: plate() } : {}),
      },
      { kind: 'barrier', ...common, atMs: atMs(fromS + 3), state: 'open' },
      { kind: 'presence', ...common, atMs: atMs(toS), input: 'loop', occupied: false },
      { kind: 'barrier', ...common, atMs: atMs(toS + 1.4), state: 'closed' },
    );
  };

  return {
    until(s) {
      for (; at < s; at += 1) {
        if (random.chance(plan.perMinute(at) / 60)) arrivals.push(at);
        arrivals = arrivals.filter((arrivedS) => {
          // It is let in when the one before has left; until then it waits.
          if (Math.max(arrivedS, freeS) > at) return true;
          pass(arrivedS);
          return false;
        });
        const long = arrivals.length >= queueLoopAt;
        if (long !== queued) {
          queued = long;
          pending.push({
            kind: 'presence',
            device,
            lane,
            atMs: atMs(at),
            input: 'queue',
            occupied: long,
          });
        }
      }
      const due = pending
        .filter((reading) => reading.atMs <= atMs(s))
        .sort((a, b) => a.atMs - b.atMs);
      if (due.length > 0) {
        const later = pending.filter((reading) => reading.atMs > atMs(s));
        pending.length = 0;
        pending.push(...later);
      }
      return due;
    },
  };
}

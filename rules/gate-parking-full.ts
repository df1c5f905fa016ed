import { z } from 'zod';
import { isLive } from './fold.ts';
import { breakOff, type Held, newHeld, observe } from './held.ts';
import { defineRule } from './rule.ts';

const Config = z.strictObject({
  fullShare: z.number().positive().max(2).default(0.95),
  clearShare: z.number().positive().max(2).default(0.9),
  holdMin: z.number().positive().max(1440).default(10),
});

interface State {
  inside: number;
  /** Vehicles that left although none was counted inside: how far the count drifts. */
  drift: number;
  held: Held;
}

/** Cars, trucks, buses: what takes a place. */
const takesPlace = new Set(['car', 'truck', 'bus', undefined]);

/** The places inside are taken. Counted at the gate, so it drifts, and says so. */
export const gateParkingFull = defineRule<z.infer<typeof Config>, State>({
  id: 'gate.parking_full',
  title: { zh: '车位已满', en: 'Parking full' },
  scope: 'site',
  wants: ['passage', 'tick'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `${Math.round(config.fullShare * 100)}%`,
      en: `${Math.round(config.fullShare * 100)} %`,
    },
    could: {
      zh: '漏拍的车辆使计数偏差',
      en: 'vehicles that the camera missed',
    },
    blind: {
      zh: '没有车位传感器，余位是进出相减',
      en: 'There are no sensors in the places: it is what came in less what went out',
    },
  }),
  applies: (subject) => subject.scope === 'site' && subject.site.parking !== undefined,
  initial: () => ({ inside: 0, drift: 0, held: newHeld() }),

  step(state, input, subject, config, emit) {
    const places = subject.site.parking?.places;
    if (places === undefined) return;
    if (input.kind === 'clock') breakOff(state.held);
    if (input.kind === 'passage') {
      if (!isLive(input) || input.result === 'rejected' || !takesPlace.has(input.vehicle)) return;
      if (input.direction === 'in') state.inside += 1;
      if (input.direction === 'out') {
        if (state.inside > 0) state.inside -= 1;
        else state.drift += 1;
      }
    } else if (input.kind !== 'tick') return;

    const share = state.inside / places;
    const holdMs = config.holdMin * 60_000;
    const hold = { holdMs, clearMs: 0, gapMs: 3_600_000 };
    const change = observe(
      state.held,
      input.atMs,
      share >= config.fullShare,
      share < config.clearShare,
      hold,
    );
    if (!change) return;
    const free = Math.max(0, places - state.inside);
    const percent = Math.round(share * 100);
    emit({
      change,
      severity: 'info',
      atMs: input.atMs,
      sinceMs: state.held.sinceMs,
      evidence: { percent, free, places, drift: state.drift },
      text:
        change === 'raised'
          ? {
              zh: `小区车位已用${percent}%，余${free}个，请引导访客车辆外停。（按进出计数，累计误差${state.drift}辆）`,
              en: `Parking ${percent} % full, ${free} left (counted at the gate, drift ${state.drift}). Please direct visitors outside.`,
            }
          : { zh: `小区车位余${free}个。`, en: `${free} parking places free.` },
    });
  },
});

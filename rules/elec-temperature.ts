import { z } from 'zod';
import { breakOff, type Held, type Hold, newHeld, observe } from './held.ts';
import { isKnown, missing } from './missing.ts';
import { defineRule } from './rule.ts';

/** PVC insulation is made for 70 °C (GB/T 16895.6); GB 14287.3-2014 lets detectors be set from 45 to 140 °C. */
const Config = z.strictObject({
  limitC: z
    .number()
    .min(45)
    .max(140)
    .default(70)
    .describe('Temperature that raises the alert, °C.'),
  holdS: z.number().min(0).max(3600).default(30),
  clearC: z.number().min(30).max(140).default(60).describe('It ends below this, °C.'),
  clearMin: z.number().positive().max(1440).default(10),
  riseK: z
    .number()
    .positive()
    .max(100)
    .default(10)
    .describe('Or a rise by so many kelvin within riseMin.'),
  riseMin: z.number().positive().max(60).default(5),
});

interface State {
  held: Held;
  /** The minute that is going on, its lowest temperature so far, and that of all minutes that are remembered, °C. */
  minute: number;
  lowC: number;
  lowestC: number;
  /** Lowest temperature of each of the minutes before, with its minute. */
  lows: Array<[minute: number, lowC: number]>;
}

interface Ready {
  readonly hold: Hold;
  /** For a rise: it needs no more time. */
  readonly atOnce: Hold;
}

const minuteMs = 60_000;

/** Takes a temperature in; returns the lowest of the last `riseMin` minutes, it included. What is older is dropped as a minute begins. */
function lowestOf(state: State, minute: number, temperatureC: number, riseMin: number): number {
  if (minute !== state.minute) {
    if (isKnown(state.minute)) state.lows.push([state.minute, state.lowC]);
    state.lows = state.lows.filter(([at]) => minute - at <= riseMin && at <= minute);
    state.minute = minute;
    state.lowC = temperatureC;
    state.lowestC = state.lows.reduce((lowest, [, lowC]) => Math.min(lowest, lowC), temperatureC);
    return state.lowestC;
  }
  if (temperatureC < state.lowC) state.lowC = temperatureC;
  if (temperatureC < state.lowestC) state.lowestC = temperatureC;
  return state.lowestC;
}

/** Terminals in a panel get hot: loose screws and overload both end here. */
export const elecTemperature = defineRule<z.infer<typeof Config>, State, Ready>({
  id: 'elec.temperature',
  title: { zh: '配电箱高温', en: 'Panel too hot' },
  scope: 'point',
  wants: ['power', 'clock'],
  figures: ['temperatureC'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `${config.limitC}度，或${config.riseMin}分钟内升${config.riseK}度`,
      en: `${config.limitC} °C, or ${config.riseK} K within ${config.riseMin} min`,
    },
    could: {
      zh: '太阳直晒、环境高温，或探头脱落',
      en: 'sunshine, a hot day, or a sensor that fell off',
    },
    blind: {
      zh: '探头只知道自己那一点的温度，看不到其他端子',
      en: 'The sensor knows its own spot only, not the other terminals',
    },
  }),
  applies: (subject) => subject.scope === 'point' && subject.devices.length > 0,
  initial: () => ({ held: newHeld(), minute: missing, lowC: 0, lowestC: 0, lows: [] }),

  prepare(_subject, { holdS, clearMin }) {
    const hold = { holdMs: holdS * 1000, clearMs: clearMin * minuteMs, gapMs: 10 * minuteMs };
    return { hold, atOnce: { ...hold, holdMs: 0 } };
  },

  step(state, input, subject, config, emit, { hold, atOnce }) {
    if (input.kind === 'clock') {
      breakOff(state.held);
      state.minute = missing;
      state.lows = [];
    }
    if (input.kind !== 'power' || input.temperatureC === undefined) return;
    const { atMs, temperatureC } = input;
    if (atMs <= state.held.lastMs) return;

    const riseK =
      temperatureC - lowestOf(state, Math.floor(atMs / minuteMs), temperatureC, config.riseMin);

    const hot = temperatureC >= config.limitC;
    const rising = riseK >= config.riseK;
    const cool = temperatureC < config.clearC && !rising;
    const change = observe(state.held, atMs, hot || rising, cool, rising ? atOnce : hold);
    if (!change || subject.scope !== 'point') return;
    const value = Number(temperatureC.toFixed(1));
    const { title } = subject.point;
    const raised = change === 'raised';
    emit({
      change,
      severity: raised ? 'critical' : 'info',
      atMs,
      sinceMs: state.held.sinceMs,
      evidence: { temperatureC: value, limitC: config.limitC, riseK: Number(riseK.toFixed(1)) },
      text: raised
        ? {
            zh: hot
              ? `${title}配电箱温度${value}度，超过${config.limitC}度，有起火危险，请立即到场，见烟火拨119。`
              : `${title}配电箱${config.riseMin}分钟内升温${riseK.toFixed(0)}度（现${value}度），请立即到场查看接线端子。`,
            en: hot
              ? `${title}: panel at ${value} °C, over ${config.limitC} °C, fire risk. Go now; call 119 on smoke.`
              : `${title}: panel up ${riseK.toFixed(0)} K within ${config.riseMin} min (now ${value} °C). Go and look at the terminals.`,
          }
        : { zh: `${title}配电箱已降至${value}度。`, en: `${title}: panel down to ${value} °C.` },
    });
  },
});

import { z } from 'zod';
import type { PowerReading } from '../drivers/reading.ts';
import { deadV } from './circuit/dead-phase.ts';
import { breakOff, type Held, type Hold, newHeld, observe } from './held.ts';
import { isKnown, missing } from './missing.ts';
import { defineRule } from './rule.ts';

const Config = z.strictObject({
  frozenMin: z
    .number()
    .positive()
    .max(1440)
    .default(120)
    .describe('The same power and current to the last digit for so long, min.'),
  frozenAboveW: z
    .number()
    .min(0)
    .max(10_000)
    .default(50)
    .describe('Below this a house may really be asleep, W.'),
  skewS: z
    .number()
    .positive()
    .max(86_400)
    .default(60)
    .describe('Clock of the device minus that of the box, s.'),
  voltageV: z
    .tuple([z.number(), z.number()])
    .default([80, 300])
    .describe('Outside of this no 220 V supply can be, V (a dead phase, below 20 V, is none).'),
  powerShare: z
    .number()
    .positive()
    .max(10)
    .default(1.25)
    .describe('Active power above U × I by more than this cannot be.'),
  ratio: z
    .number()
    .positive()
    .max(1000)
    .default(3)
    .describe(
      'Power / (U × I × power factor) off by this factor: a current transformer is set wrong.',
    ),
  holdMin: z.number().positive().max(1440).default(5),
  clearMin: z.number().positive().max(1440).default(30),
});

type Fault = 'frozen' | 'skew' | 'voltage' | 'power' | 'energy' | 'ratio';

interface State {
  held: Held;
  fault: Fault | null;
  /** The last figures, mixed into one number, and since when they have not moved. */
  figures: number;
  figuresMs: number;
  skewMs: number;
  energyWh: number;
  /** Energy ran backwards: told until so long after. */
  backMs: number;
}

interface Ready {
  readonly hold: Hold;
  /** For what is certain as soon as it is seen. */
  readonly atOnce: Hold;
}

const words: Readonly<Record<Fault, { readonly zh: string; readonly en: string }>> = {
  frozen: { zh: '读数长时间一字不变', en: 'its figures have not moved for a long time' },
  skew: { zh: '时钟不准', en: 'its clock is wrong' },
  voltage: { zh: '电压超出可能范围', en: 'its voltage cannot be' },
  power: { zh: '功率大于电压乘电流', en: 'its power exceeds voltage times current' },
  energy: { zh: '电能示数倒退', en: 'its energy counter ran backwards' },
  ratio: {
    zh: '功率与电流对不上，疑似互感器变比设错',
    en: 'power and current disagree: a current transformer ratio seems wrong',
  },
};

/** A meter says what cannot be: frozen, against physics, or with a wrong clock. Its other findings deserve doubt. */
export const deviceImplausible = defineRule<z.infer<typeof Config>, State, Ready>({
  id: 'device.implausible',
  title: { zh: '读数不可信', en: 'Implausible readings' },
  scope: 'device',
  wants: ['power', 'status', 'clock'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `${config.frozenMin}分钟不变、时钟差${config.skewS}秒、电压${config.voltageV[0]}至${config.voltageV[1]}伏、功率与电流相差${config.ratio}倍`,
      en: `unchanged for ${config.frozenMin} min, clock off by ${config.skewS} s, voltage ${config.voltageV[0]} to ${config.voltageV[1]} V, power and current apart by a factor of ${config.ratio}`,
    },
    could: {
      zh: '刚换过表、刚检修过接线，或网关自己的时钟不准',
      en: 'a meter just changed, wiring just repaired, or the box’s own clock',
    },
    blind: {
      zh: '网关只看到数字，看不到接线和互感器',
      en: 'The box sees figures only, neither wiring nor transformers',
    },
  }),
  initial: () => ({
    held: newHeld(),
    fault: null,
    figures: 0,
    figuresMs: missing,
    skewMs: 0,
    energyWh: missing,
    backMs: missing,
  }),

  prepare(_subject, { holdMin, clearMin }) {
    const hold = { holdMs: holdMin * 60_000, clearMs: clearMin * 60_000, gapMs: 3_600_000 };
    return { hold, atOnce: { ...hold, holdMs: 0 } };
  },

  step(state, input, subject, config, emit, { hold, atOnce }) {
    if (input.kind === 'clock') {
      breakOff(state.held);
      state.figuresMs = missing;
      return;
    }
    if (input.kind === 'status') {
      if (input.clockSkewMs !== undefined) state.skewMs = input.clockSkewMs;
      return;
    }
    if (input.kind !== 'power') return;
    if (input.atMs <= state.held.lastMs) return;
    const fault = faultOf(state, input, config);
    const isSure = fault === 'frozen' || fault === 'energy';
    const held = isSure ? atOnce : hold;
    const change = observe(state.held, input.atMs, fault !== null, fault === null, held);
    if (!change || subject.scope !== 'device') return;
    const raised = change === 'raised';
    if (raised) state.fault = fault;
    const what = words[state.fault ?? 'frozen'];
    const name = subject.device.title ?? subject.device.id;
    emit({
      change,
      severity: raised ? 'minor' : 'info',
      atMs: input.atMs,
      sinceMs: state.held.sinceMs,
      evidence: {
        fault: state.fault,
        powerW: input.powerW,
        ...(state.fault === 'skew' ? { skewS: Math.round(state.skewMs / 1000) } : {}),
      },
      text: raised
        ? {
            zh: `${name}读数不可信：${what.zh}，由它得出的结论请先存疑，请检查该设备。`,
            en: `${name} is not to be believed: ${what.en}. Doubt what follows from it, and check the device.`,
          }
        : { zh: `${name}读数恢复正常。`, en: `${name} is plausible again.` },
    });
  },
});

function faultOf(
  state: State,
  reading: PowerReading,
  config: z.infer<typeof Config>,
): Fault | null {
  const { atMs, powerW, phases, energyWh } = reading;
  let figures = powerW;
  let ampere = 0;
  for (const { voltageV, currentA, powerW: phaseW, powerFactor } of phases ?? []) {
    // Primes: two figures that change at once hardly cancel, and never do so for hours.
    figures = figures * 31 + (voltageV ?? 0) * 17 + (currentA ?? 0) * 13;
    ampere += currentA ?? 0;
    if (
      voltageV !== undefined &&
      voltageV > deadV &&
      (voltageV < config.voltageV[0] || voltageV > config.voltageV[1])
    ) {
      return 'voltage';
    }
    // Below half an ampere rounding decides.
    if (voltageV === undefined || currentA === undefined || phaseW === undefined || currentA < 0.5)
      continue;
    const apparentVa = voltageV * currentA;
    const share = Math.abs(phaseW) / apparentVa;
    if (
      share > config.ratio ||
      (powerFactor !== undefined && powerFactor > 0.2 && share < powerFactor / config.ratio)
    ) {
      return 'ratio';
    }
    if (share > config.powerShare) return 'power';
  }
  if (energyWh !== undefined) {
    // A counter that wraps or was changed starts near zero: no fault. One that steps back a little is.
    const before = state.energyWh;
    state.energyWh = energyWh;
    if (isKnown(before) && energyWh < before && energyWh > before * 0.5) state.backMs = atMs;
  }
  if (figures !== state.figures) {
    state.figures = figures;
    state.figuresMs = atMs;
  }
  if (!isKnown(state.figuresMs)) state.figuresMs = atMs;
  const awake = Math.abs(powerW) >= config.frozenAboveW || ampere >= 1;
  if (awake && atMs - state.figuresMs >= config.frozenMin * 60_000) return 'frozen';
  if (Math.abs(state.skewMs) >= config.skewS * 1000) return 'skew';
  if (isKnown(state.backMs) && atMs - state.backMs < 60_000) return 'energy';
  return null;
}

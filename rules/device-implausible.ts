import { z } from 'zod';
import type { PowerReading } from '../drivers/reading.ts';
import { type Most, mostOf } from './circuit/most.ts';
import { deadV } from './circuit/supply.ts';
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

type Fault = 'frozen' | 'skew' | 'voltage' | 'power' | 'energy' | 'ratio' | 'scale' | 'jump';

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
  /** When a figure last leapt to where nothing can be. */
  jumpMs: number;
}

interface Ready {
  readonly most: Most;
  readonly hold: Hold;
  /** For faults that one reading shows. */
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
  scale: {
    zh: '电流大到断路器早该跳闸，疑似互感器变比设错',
    en: 'more current than its breaker could let through: a current transformer ratio seems wrong',
  },
  jump: {
    zh: '读数跳到不可能的值；若一直如此，疑似互感器变比设错',
    en: 'a figure leapt to where none can be (if it stays there: a current transformer ratio)',
  },
};

/** A box whose clock says an earlier time has not been told the time yet, ms. */
const clockSetMs = Date.UTC(2020, 0, 1);
/** Faults that one reading shows. */
const seenAtOnce: readonly (Fault | null)[] = ['frozen', 'energy', 'jump'];
/** What happened in a moment is held to be so for so long, ms. */
const momentMs = 60_000;
/** Counters of whole kWh step by one: a leap is more than a few of them, Wh. */
const leapWh = 5000;

/** A device says what cannot be: frozen, against physics, or with a wrong clock. Its other findings deserve doubt. */
export const deviceImplausible = defineRule<z.infer<typeof Config>, State, Ready>({
  id: 'device.implausible',
  title: { zh: '读数不可信', en: 'Implausible readings' },
  scope: 'device',
  version: 2,
  wants: ['power', 'status', 'clock'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `${config.frozenMin}分钟不变、时钟差${config.skewS}秒、电压${config.voltageV[0]}至${config.voltageV[1]}伏、功率与电流相差${config.ratio}倍、电流达断路器额定的2.55倍`,
      en: `unchanged for ${config.frozenMin} min, clock off by ${config.skewS} s, voltage ${config.voltageV[0]} to ${config.voltageV[1]} V, power and current apart by a factor of ${config.ratio}, 2.55 times the rating of the breaker`,
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
    jumpMs: missing,
  }),

  prepare(subject, { holdMin, clearMin }) {
    const hold = { holdMs: holdMin * 60_000, clearMs: clearMin * 60_000, gapMs: 3_600_000 };
    const at = subject.scope === 'device' ? subject.device.point : undefined;
    const most = mostOf(subject.site.points.find(({ id }) => id === at));
    return { most, hold, atOnce: { ...hold, holdMs: 0 } };
  },

  step(state, input, subject, config, emit, { most, hold, atOnce }) {
    if (input.kind === 'clock') {
      breakOff(state.held);
      state.figuresMs = missing;
      return;
    }
    if (input.kind === 'status' && input.clockSkewMs !== undefined)
      state.skewMs = input.clockSkewMs;
    const isSkewed = Math.abs(state.skewMs) >= config.skewS * 1000;
    if (input.kind === 'status') {
      if (input.clockSkewMs === undefined) return;
      // Before the box's own clock is set nobody knows whose is wrong.
      if (input.atMs < clockSetMs) return;
      // A meter whose clock is right is judged when it measures; cameras and face terminals say no more than this.
      const isMeter = subject.scope === 'device' && subject.device.kinds.includes('power');
      if (isMeter && !isSkewed) return;
    } else if (input.kind !== 'power') return;
    if (input.atMs <= state.held.lastMs) return;
    const fault =
      input.kind === 'power'
        ? faultOf(state, input, config, most, isSkewed)
        : isSkewed
          ? 'skew'
          : null;
    const asked = seenAtOnce.includes(fault) ? atOnce : hold;
    const change = observe(state.held, input.atMs, fault !== null, fault === null, asked);
    if (!change || subject.scope !== 'device') return;
    const raised = change === 'raised';
    if (raised) {
      state.fault = fault;
      if (fault === 'frozen') state.held.sinceMs = state.figuresMs;
    }
    const what = words[state.fault ?? 'frozen'];
    const name = subject.device.title ?? subject.device.id;
    emit({
      change,
      severity: raised ? 'minor' : 'info',
      atMs: input.atMs,
      sinceMs: state.held.sinceMs,
      evidence: {
        fault: state.fault,
        ...(input.kind === 'power' ? { powerW: input.powerW } : {}),
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
  most: Most,
  isSkewed: boolean,
): Fault | null {
  const { atMs, powerW, phases, energyWh } = reading;
  let figures = powerW;
  let ampere = 0;
  let highestA = 0;
  for (const { voltageV, currentA, powerW: phaseW, powerFactor } of phases ?? []) {
    // Primes: two figures that change at once hardly cancel, and never do so for hours.
    figures = figures * 31 + (voltageV ?? 0) * 17 + (currentA ?? 0) * 13;
    ampere += currentA ?? 0;
    if (currentA !== undefined && currentA > highestA) highestA = currentA;
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
    const { lastMs } = state.held;
    const possibleWh = isKnown(lastMs) ? (most.momentW * (atMs - lastMs)) / 3_600_000 : 0;
    // From zero on a counter may begin anywhere: it was not read yet.
    if (before > 0 && isKnown(lastMs) && energyWh - before > possibleWh + leapWh)
      state.jumpMs = atMs;
  }
  const watts = Math.abs(powerW);
  if (highestA > most.momentA || watts > most.momentW) state.jumpMs = atMs;
  if (figures !== state.figures) {
    state.figures = figures;
    state.figuresMs = atMs;
  }
  if (!isKnown(state.figuresMs)) state.figuresMs = atMs;
  const awake = watts >= config.frozenAboveW || ampere >= 1;
  if (awake && atMs - state.figuresMs >= config.frozenMin * 60_000) return 'frozen';
  if (isKnown(state.jumpMs) && atMs - state.jumpMs < momentMs) return 'jump';
  if (highestA > most.lastingA || watts > most.lastingW) return 'scale';
  if (isSkewed) return 'skew';
  if (isKnown(state.backMs) && atMs - state.backMs < momentMs) return 'energy';
  return null;
}

import { z } from 'zod';
import { breakOff, type Held, type Hold, newHeld, observe } from './held.ts';
import { isKnown, missing } from './missing.ts';
import { defineRule } from './rule.ts';

/** GB 50116-2013 9.2.3: 300 mA can start a fire, set 300 to 500 mA; natural leakage is 100 to 200 mA. */
const Config = z.strictObject({
  limitMa: z
    .number()
    .min(20)
    .max(1000)
    .default(300)
    .describe('Fixed limit where the point has none of its own, mA.'),
  holdS: z.number().min(0).max(3600).default(10),
  clearShare: z.number().positive().max(1).default(0.8),
  clearMin: z.number().positive().max(1440).default(5),
  aboveUsualMa: z
    .number()
    .positive()
    .max(1000)
    .default(100)
    .describe('Or so much above what is usual at this hour, mA.'),
  usualHoldS: z.number().min(0).max(3600).default(300),
  usualDays: z.int().min(3).max(14).default(7),
});

interface State {
  fixed: Held;
  unusual: Held;
  /** For each hour of the day the means of the last days, newest last, mA. */
  usual: number[][];
  hour: number;
  /** Median of the last days at this hour, mA; `missing` where too few are known. */
  usualMa: number;
  sumMa: number;
  n: number;
}

interface Ready {
  readonly limitMa: number;
  readonly utcOffsetMs: number;
  readonly fixedHold: Hold;
  readonly usualHold: Hold;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Current that leaves by another way than the neutral: through a person, damp or damaged insulation. */
export const elecLeakage = defineRule<z.infer<typeof Config>, State, Ready>({
  id: 'elec.leakage',
  title: { zh: '剩余电流超限', en: 'Residual current' },
  scope: 'point',
  wants: ['power', 'clock'],
  figures: ['residualMa'],
  config: Config,
  doubt: () => ({
    could: {
      zh: '雨天潮湿、多台电器滤波电容的正常泄漏相加，或互感器受干扰',
      en: 'damp in the rain, the filters of many appliances added up, or a disturbed transformer',
    },
    blind: {
      zh: '电表看不到电流从哪里漏走，也看不到有没有人触电',
      en: 'The meter sees neither where the current leaves nor whether a person is touched',
    },
  }),
  applies: (subject) => subject.scope === 'point' && subject.devices.length > 0,
  initial: () => ({
    fixed: newHeld(),
    unusual: newHeld(),
    usual: Array.from({ length: 24 }, () => []),
    hour: 0,
    usualMa: missing,
    sumMa: 0,
    n: 0,
  }),

  prepare(subject, { limitMa, holdS, usualHoldS, clearMin }) {
    const [clearMs, gapMs] = [clearMin * minuteMs, 10 * minuteMs];
    const limits = subject.scope === 'point' ? subject.point.limits : undefined;
    return {
      limitMa: limits?.residualMa ?? limitMa,
      utcOffsetMs: subject.site.utcOffsetMs,
      fixedHold: { holdMs: holdS * 1000, clearMs, gapMs },
      usualHold: { holdMs: usualHoldS * 1000, clearMs, gapMs },
    };
  },

  step(state, input, subject, config, emit, ready) {
    if (input.kind === 'clock') {
      breakOff(state.fixed);
      breakOff(state.unusual);
    }
    if (input.kind !== 'power' || input.residualMa === undefined) return;
    const { atMs, residualMa } = input;
    if (atMs <= state.fixed.lastMs) return;
    const { limitMa, utcOffsetMs, fixedHold, usualHold } = ready;
    const hour = Math.floor((atMs + utcOffsetMs) / hourMs);
    if (hour !== state.hour) keepHour(state, hour, config.usualDays);
    state.sumMa += residualMa;
    state.n += 1;

    const fixed = observe(
      state.fixed,
      atMs,
      residualMa >= limitMa,
      residualMa < limitMa * config.clearShare,
      fixedHold,
    );
    if (fixed && subject.scope === 'point') {
      const { point } = subject;
      const value = Math.round(residualMa);
      const raised = fixed === 'raised';
      emit({
        change: fixed,
        severity: raised ? 'critical' : 'info',
        stage: raised ? 2 : 0,
        atMs,
        sinceMs: state.fixed.sinceMs,
        evidence: { residualMa: value, limitMa },
        text: raised
          ? {
              zh: `${point.title}剩余电流${value}毫安，超过${limitMa}毫安，有触电起火危险，请立即请电工断电检修。`,
              en: `${point.title}: residual current ${value} mA, over ${limitMa} mA: shock and fire risk. Have an electrician isolate it now.`,
            }
          : {
              zh: `${point.title}剩余电流已降至${value}毫安。`,
              en: `${point.title}: residual current down to ${value} mA.`,
            },
      });
    }
    // A house with 150 mA every day is not new; 100 mA more than it ever had at this hour is.
    const { usualMa } = state;
    if (!isKnown(usualMa)) return;
    const edgeMa = usualMa + config.aboveUsualMa;
    const over = residualMa >= edgeMa && !state.fixed.raised;
    const unusual = observe(
      state.unusual,
      atMs,
      over,
      residualMa < usualMa + config.aboveUsualMa / 2,
      usualHold,
    );
    if (!unusual || subject.scope !== 'point') return;
    const { point } = subject;
    const value = Math.round(residualMa);
    const raised = unusual === 'raised';
    emit({
      change: unusual,
      severity: raised ? 'major' : 'info',
      stage: raised ? 1 : 0,
      atMs,
      sinceMs: state.unusual.sinceMs + (state.unusual.sinceMs === state.fixed.sinceMs ? 1 : 0),
      evidence: {
        residualMa: value,
        usualMa: Math.round(usualMa),
        days: state.usual[hour % 24]?.length ?? 0,
      },
      text: raised
        ? {
            zh: `${point.title}剩余电流${value}毫安，比近日同一时段（${Math.round(usualMa)}毫安）高${Math.round(residualMa - usualMa)}毫安，请电工检查绝缘。`,
            en: `${point.title}: residual current ${value} mA, ${Math.round(residualMa - usualMa)} mA more than usual at this hour. Have the insulation checked.`,
          }
        : {
            zh: `${point.title}剩余电流恢复平常。`,
            en: `${point.title}: residual current is usual again.`,
          },
    });
  },
});

function keepHour(state: State, hour: number, days: number): void {
  // After so long a silence nobody knows what is usual now: it was another season.
  if (hour - state.hour > days * 24) for (const slot of state.usual) slot.length = 0;
  else if (state.n > 0) {
    const slot = state.usual[((state.hour % 24) + 24) % 24];
    slot?.push(Math.round(state.sumMa / state.n));
    if (slot && slot.length > days) slot.shift();
  }
  state.hour = hour;
  state.usualMa = median(state.usual[hour % 24] ?? []);
  state.sumMa = 0;
  state.n = 0;
}

/** Median of at least three days; `missing` before. */
function median(values: readonly number[]): number {
  if (values.length < 3) return missing;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

import { z } from 'zod';
import type { PowerReading } from '../drivers/reading.ts';
import { type CircuitLimit, circuitLimit } from './circuit/limit.ts';
import { neutralA } from './circuit/neutral.ts';
import { deadV } from './circuit/supply.ts';
import { breakOff, type Held, type Hold, newHeld, observe } from './held.ts';
import { defineRule } from './rule.ts';

const Config = z.strictObject({
  share: z
    .number()
    .positive()
    .max(5)
    .default(0.9)
    .describe('Neutral current / limit of the circuit.'),
  holdMin: z.number().positive().max(1440).default(10),
  clearShare: z.number().positive().max(5).default(0.8),
  highV: z
    .number()
    .min(230)
    .max(400)
    .default(250)
    .describe('Lost neutral: one phase above this, V …'),
  lowV: z.number().min(100).max(215).default(190).describe('… while another is below this, V.'),
  lostHoldS: z.number().min(0).max(600).default(5),
});

interface State {
  load: Held;
  lost: Held;
}

interface Ready {
  readonly circuit: CircuitLimit | null;
  readonly lostHold: Hold;
  readonly loadHold: Hold;
}

/** The neutral carries too much, or is lost: then 220 V rooms get up to 380 V. */
export const elecNeutral = defineRule<z.infer<typeof Config>, State, Ready>({
  id: 'elec.neutral',
  title: { zh: '中性线异常', en: 'Neutral conductor' },
  scope: 'point',
  wants: ['power', 'clock'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `中性线电流为线路限值的${Math.round(config.share * 100)}%；断零为一相高于${config.highV}伏同时另一相低于${config.lowV}伏`,
      en: `${Math.round(config.share * 100)} % of the circuit for the current; for a lost neutral one phase above ${config.highV} V while another is below ${config.lowV} V`,
    },
    could: {
      zh: '三相负荷或谐波分布变化、接线松动、电表电压端子接触不良',
      en: 'loads or harmonics that moved, a loose joint, or a voltage terminal of the meter',
    },
    blind: {
      zh: '电表看不到断在哪一段，也看不到接线',
      en: 'The meter does not see where a conductor is broken',
    },
  }),
  applies: (subject) => subject.scope === 'point' && subject.devices.length > 0,
  initial: () => ({ load: newHeld(), lost: newHeld() }),
  prepare: (subject, { lostHoldS, holdMin }) => ({
    circuit: subject.scope === 'point' ? circuitLimit(subject.point.limits) : null,
    lostHold: { holdMs: lostHoldS * 1000, clearMs: 60_000, gapMs: 600_000 },
    loadHold: { holdMs: holdMin * 60_000, clearMs: holdMin * 60_000, gapMs: 600_000 },
  }),

  step(state, input, subject, config, emit, { circuit, lostHold, loadHold }) {
    if (input.kind === 'clock') {
      breakOff(state.load);
      breakOff(state.lost);
    }
    if (input.kind !== 'power') return;
    const { atMs, phases } = input;
    if (phases?.length !== 3 && input.neutralA === undefined) return;
    const lowV = lowestV(phases);
    if (lowV >= deadV) {
      const highV = highestV(phases);
      const over = highV > config.highV && lowV < config.lowV;
      const change = observe(state.lost, atMs, over, highV < 242 && lowV > 198, lostHold);
      if (change && subject.scope === 'point') {
        const { title } = subject.point;
        const raised = change === 'raised';
        emit({
          change,
          severity: raised ? 'critical' : 'info',
          stage: raised ? 2 : 0,
          atMs,
          sinceMs: state.lost.sinceMs,
          evidence: { highV, lowV },
          text: raised
            ? {
                zh: `${title}一相${highV}伏、另一相${lowV}伏，疑似中性线断开，电器可能烧毁起火，请立即请电工断电检修。`,
                en: `${title}: one phase ${highV} V, another ${lowV} V: the neutral seems lost, appliances may burn. Have an electrician isolate it now.`,
              }
            : { zh: `${title}各相电压恢复正常。`, en: `${title}: voltages are normal again.` },
        });
      }
    }

    if (!circuit) return;
    const currentA = input.neutralA ?? neutralA(phases);
    if (currentA === null) return;
    const share = currentA / circuit.limitA;
    const change = observe(
      state.load,
      atMs,
      share >= config.share,
      share < config.clearShare,
      loadHold,
    );
    if (!change || subject.scope !== 'point') return;
    const { title } = subject.point;
    const raised = change === 'raised';
    const value = Number(currentA.toFixed(1));
    const measured = input.neutralA !== undefined;
    emit({
      change,
      severity: raised ? 'major' : 'info',
      stage: raised ? 1 : 0,
      atMs,
      sinceMs: state.load.sinceMs + (state.load.sinceMs === state.lost.sinceMs ? 1 : 0),
      evidence: { neutralA: value, limitA: Number(circuit.limitA.toFixed(1)), measured },
      text: raised
        ? {
            zh: `${title}中性线电流${value}安（${measured ? '实测' : '按三相推算'}），达限值${Math.round(share * 100)}%，请电工调整三相负荷。`,
            en: `${title}: ${value} A in the neutral (${measured ? 'measured' : 'computed'}), ${Math.round(share * 100)} % of the limit. Have the phases balanced.`,
          }
        : {
            zh: `${title}中性线电流已降至${value}安。`,
            en: `${title}: neutral down to ${value} A.`,
          },
    });
  },
});

/**
 * Lowest phase voltage, V; 0 unless all three are measured. Below `deadV` a phase is dead: a fuse or the supply (load.lost tells of it where
 * all are dead), for a lost neutral leaves some voltage everywhere.
 */
const lowestV = (phases: PowerReading['phases']): number =>
  Math.min(voltsOf(phases, 0), voltsOf(phases, 1), voltsOf(phases, 2));

const highestV = (phases: PowerReading['phases']): number =>
  Math.max(voltsOf(phases, 0), voltsOf(phases, 1), voltsOf(phases, 2));

const voltsOf = (phases: PowerReading['phases'], index: number): number =>
  phases?.[index]?.voltageV ?? 0;

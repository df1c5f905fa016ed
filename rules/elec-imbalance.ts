import { z } from 'zod';
import { type CircuitLimit, circuitLimit } from './circuit/limit.ts';
import { breakOff, type Held, type Hold, newHeld, observe } from './held.ts';
import { defineRule } from './rule.ts';

const Config = z.strictObject({
  percent: z
    .number()
    .positive()
    .max(100)
    .default(40)
    .describe('100 × (highest − lowest) / highest, Chinese operating practice, %.'),
  loadShare: z
    .number()
    .positive()
    .max(2)
    .default(0.5)
    .describe('Only while the highest phase carries at least this share of its limit.'),
  holdMin: z.number().positive().max(1440).default(30),
});

interface Ready {
  readonly circuit: CircuitLimit | null;
  readonly hold: Hold;
}

/** One phase does the work of three. */
export const elecImbalance = defineRule<z.infer<typeof Config>, Held, Ready>({
  id: 'elec.imbalance',
  title: { zh: '三相不平衡', en: 'Unbalanced phases' },
  scope: 'point',
  wants: ['power', 'clock'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `不平衡度${config.percent}%`,
      en: `${config.percent} % out of balance`,
    },
    could: {
      zh: '某一户临时的大负荷，或电表相序接错',
      en: 'one large load for a while, or phases wired in another order',
    },
    blind: {
      zh: '电表看不到哪一户接在哪一相',
      en: 'The meter does not see who hangs on which phase',
    },
  }),
  applies: (subject) => subject.scope === 'point' && circuitLimit(subject.point.limits) !== null,
  initial: newHeld,
  prepare: (subject, { holdMin }) => ({
    circuit: subject.scope === 'point' ? circuitLimit(subject.point.limits) : null,
    hold: { holdMs: holdMin * 60_000, clearMs: holdMin * 60_000, gapMs: 600_000 },
  }),

  step(state, input, subject, config, emit, { circuit, hold }) {
    if (input.kind === 'clock') breakOff(state);
    if (input.kind !== 'power') return;
    const { phases } = input;
    if (!circuit || !phases) return;
    const l1A = phases[0]?.currentA;
    const l2A = phases[1]?.currentA;
    const l3A = phases[2]?.currentA;
    if (l1A === undefined || l2A === undefined || l3A === undefined) return;
    const highestA = Math.max(l1A, l2A, l3A);
    const lowestA = Math.min(l1A, l2A, l3A);
    const percent = highestA > 0 ? (100 * (highestA - lowestA)) / highestA : 0;
    const loaded = highestA >= config.loadShare * circuit.limitA;
    const change = observe(
      state,
      input.atMs,
      loaded && percent >= config.percent,
      !loaded || percent < config.percent * 0.8,
      hold,
    );
    if (!change || subject.scope !== 'point') return;
    const raised = change === 'raised';
    const { title } = subject.point;
    const highest = [l1A, l2A, l3A].indexOf(highestA);
    const phase = (['l1', 'l2', 'l3'] as const)[highest];
    emit({
      change,
      severity: raised ? 'minor' : 'info',
      atMs: input.atMs,
      sinceMs: state.sinceMs,
      evidence: {
        imbalancePercent: Math.round(percent),
        highestA: Number(highestA.toFixed(1)),
        highestPhase: phase,
      },
      text: raised
        ? {
            zh: `${title}三相不平衡${Math.round(percent)}%，${'ABC'[highest]}相${highestA.toFixed(1)}安，建议请电工调整接线。`,
            en: `${title}: phases ${Math.round(percent)} % out of balance, ${highestA.toFixed(1)} A on ${phase?.toUpperCase()}. Have the wiring rearranged.`,
          }
        : { zh: `${title}三相已基本平衡。`, en: `${title}: phases are balanced again.` },
    });
  },
});

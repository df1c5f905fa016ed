import { z } from 'zod';
import type { Finding, Level } from './finding.ts';
import { defineRule } from './rule.ts';

const Config = z.strictObject({
  days: z.int().min(2).max(14).default(7).describe('So many nights are looked back on.'),
  probableNights: z
    .int()
    .min(2)
    .max(14)
    .default(3)
    .describe('Nights that were at least probable, this one with them.'),
  confirmedNights: z
    .int()
    .min(2)
    .max(14)
    .default(2)
    .describe('Or nights that were confirmed by the curve.'),
});

interface State {
  /** Nights with a suspicion, oldest first: its number, its best level, and when it began. */
  nights: Night[];
  /** The night that was told of last; nothing more is said until it has left the window. */
  toldNight: number | null;
}
interface Night {
  readonly night: number;
  level: 2 | 3;
  readonly sinceMs: number;
  /** A single suspicion of this kind may alert by what its meter sees: then so may their repetition. */
  alerting: boolean;
}

const dayMs = 86_400_000;
const ranks: Readonly<Record<Level, number>> = { possible: 1, probable: 2, confirmed: 3 };

/**
 * The same house night after night: what one night leaves open, three tell. A night goes from noon to noon. One
 * computer that looks like a charger does so every night as well: without a confirmed night it stays on the list.
 */
export const ebikeRepeat = defineRule<z.infer<typeof Config>, State>({
  id: 'load.ebike.repeat',
  title: { zh: '多晚疑似电动车充电', en: 'Suspected e-bike charging, again' },
  scope: 'point',
  wants: [],
  hears: ['load.ebike'],
  config: Config,
  applies: (subject) => subject.scope === 'point',
  initial: () => ({ nights: [], toldNight: null }),

  step(state, input, subject, config, emit) {
    if (input.kind !== 'finding' || subject.scope !== 'point') return;
    const { finding } = input;
    const { level, change, sinceMs } = finding;
    if (change === 'cleared' || level === undefined || ranks[level] < 2) return;
    const night = Math.floor((sinceMs + subject.site.utcOffsetMs - dayMs / 2) / dayMs);
    remember(state, night, finding, config.days);
    const confirmed = state.nights.filter((one) => one.level === 3).length;
    const probable = state.nights.length;
    const isRepeat = probable >= config.probableNights || confirmed >= config.confirmedNights;
    if (!isRepeat) return;
    if (state.toldNight !== null && night - state.toldNight < config.days) return;
    state.toldNight = night;
    const mayAlert = confirmed > 0 && state.nights.some(({ alerting }) => alerting);
    const clock = (ms: number) => localDay(ms + subject.site.utcOffsetMs);
    const list = state.nights.map((one) => ({ night: clock(one.sinceMs), level: one.level }));
    const days = list.map((one) => one.night).join(', ');
    const { title } = subject.point;
    emit({
      change: 'raised',
      severity: mayAlert ? 'major' : 'info',
      level,
      atMs: input.atMs,
      sinceMs: state.nights[0]?.sinceMs ?? sinceMs,
      evidence: { nights: probable, confirmed, days: config.days, list },
      text: {
        zh: `${title}近${config.days}天有${probable}晚疑似电动车充电（${list.map((one) => one.night).join('、')}），其中${confirmed}晚基本确定，请上门核查并登记结果。电表看不到电线和房间。`,
        en: `${title}: suspected e-bike charging on ${probable} of the last ${config.days} nights (${days}), ${confirmed} of them confirmed by the curve. Please visit and record what was found. A meter sees no cables and no rooms.`,
      },
    });
  },
});

function remember(state: State, night: number, finding: Finding, days: number): void {
  const level = finding.level === 'confirmed' ? 3 : 2;
  const alerting = finding.severity !== 'info';
  state.nights = state.nights.filter((one) => night - one.night < days && one.night <= night);
  const same = state.nights.find((one) => one.night === night);
  if (same) {
    if (level > same.level) same.level = level;
    same.alerting ||= alerting;
  } else {
    state.nights.push({ night, level, sinceMs: finding.sinceMs, alerting });
    state.nights.sort((a, b) => a.night - b.night);
  }
}

/** Month and day of a local time, as `03-16`. */
const localDay = (localMs: number): string => new Date(localMs).toISOString().slice(5, 10);

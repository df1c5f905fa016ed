import type { Finding, Severity } from '../../../rules/finding.ts';
import type { Trial } from '../trial.ts';

/** A kind of alert as it may come: what it is about, how bad it may get, and the figures that it brings. */
export interface Kind {
  readonly rule: string;
  readonly about: Partial<Pick<Finding, 'point' | 'lane' | 'device'>>;
  /** From the mildest to the worst. */
  readonly severities: readonly Severity[];
  readonly evidence: Readonly<Record<string, unknown>>;
}

const house = { point: 'b012' };
/** Every kind of alert that the desk knows. */
export const kinds: readonly Kind[] = [
  {
    rule: 'load.overload',
    about: house,
    severities: ['minor', 'major', 'critical'],
    evidence: { currentA: 48.2, sharePercent: 121, minutes: 10 },
  },
  { rule: 'load.ebike', about: house, severities: ['minor', 'major'], evidence: {} },
  { rule: 'load.ebike.repeat', about: house, severities: ['major'], evidence: { nights: 3 } },
  { rule: 'load.ebike.watch', about: house, severities: ['info'], evidence: {} },
  { rule: 'load.sums', about: house, severities: ['minor'], evidence: {} },
  { rule: 'load.lost', about: house, severities: ['major'], evidence: {} },
  { rule: 'load.transformer', about: house, severities: ['minor', 'major'], evidence: {} },
  { rule: 'elec.leakage', about: house, severities: ['critical'], evidence: { residualMa: 320 } },
  { rule: 'elec.neutral', about: house, severities: ['critical'], evidence: { highV: 300 } },
  { rule: 'elec.phase', about: house, severities: ['major'], evidence: { lostV: 3 } },
  { rule: 'elec.imbalance', about: house, severities: ['minor'], evidence: {} },
  {
    rule: 'elec.temperature',
    about: house,
    severities: ['major', 'critical'],
    evidence: { temperatureC: 81 },
  },
  {
    rule: 'gate.queue',
    about: { lane: 'in-1' },
    severities: ['minor'],
    evidence: { vehicles: 9, waitMin: 6, direction: 'in' },
  },
  {
    rule: 'gate.barrier_fault',
    about: { lane: 'in-1' },
    severities: ['major'],
    evidence: { direction: 'in', state: '未落杆' },
  },
  {
    rule: 'gate.parking_full',
    about: {},
    severities: ['info'],
    evidence: { percent: 97, free: 5 },
  },
  { rule: 'gate.overstay', about: { lane: 'in-1' }, severities: ['info'], evidence: {} },
  {
    rule: 'device.offline',
    about: { device: 'm012' },
    severities: ['minor', 'major'],
    evidence: { minutes: 15 },
  },
  { rule: 'device.implausible', about: { device: 'm012' }, severities: ['minor'], evidence: {} },
  {
    rule: 'system.bus',
    about: { device: 'bus-1' },
    severities: ['minor', 'major'],
    evidence: { minutes: 2 },
  },
  { rule: 'system.restart', about: {}, severities: ['minor'], evidence: { minutes: 12 } },
  { rule: 'system.storage', about: {}, severities: ['major'], evidence: { freePercent: 4 } },
  { rule: 'system.clock', about: {}, severities: ['minor'], evidence: {} },
  { rule: 'system.sms', about: {}, severities: ['major'], evidence: { minutes: 4 } },
  { rule: 'system.sync', about: {}, severities: ['info'], evidence: { count: 240, hours: 5 } },
  { rule: 'system.temperature', about: {}, severities: ['minor'], evidence: {} },
  { rule: 'security.login', about: {}, severities: ['minor'], evidence: { count: 5 } },
  { rule: 'privacy.retention', about: {}, severities: ['major'], evidence: { rows: 3 } },
  { rule: 'privacy.payload_rejected', about: {}, severities: ['minor'], evidence: {} },
  {
    rule: 'privacy.request_due',
    about: {},
    severities: ['minor'],
    evidence: { count: 1, days: 3 },
  },
  { rule: 'privacy.review', about: {}, severities: ['minor'], evidence: {} },
];

export const minuteMs = 60_000;

/** One change of a kind, now. Each raise of it is a finding of its own. */
export function findingOf(
  { rule, about, evidence }: Kind,
  change: Finding['change'],
  severity: Severity,
  times: { readonly atMs: number; readonly sinceMs: number },
): Finding {
  return {
    id: `${rule}/${Object.values(about)[0] ?? 'site'}/${times.sinceMs}`,
    rule,
    ...about,
    change,
    severity,
    ...times,
    evidence,
    text: { zh: '依据。', en: 'Evidence.' },
  };
}

/** Time passes, and whatever is due leaves and arrives. */
export async function pass(trial: Trial, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= minuteMs) {
    await deliver(trial);
    await trial.pass(Math.min(left, minuteMs));
  }
  await deliver(trial);
}

async function deliver({ gate, clock }: Trial): Promise<void> {
  const nowMs = clock.nowMs();
  await gate.run(
    "UPDATE outbox SET state = 'delivered', attempts = 1, sent_ms = ?, done_ms = ? WHERE state = 'waiting' AND next_ms <= ?",
    [nowMs, nowMs, nowMs],
  );
}

/** Raised, held, worse and worse, over, and then coming and going five times: what everybody hears of it. */
export async function playStory(trial: Trial, kind: Kind): Promise<void> {
  const { severities } = kind;
  const say = async (change: Finding['change'], severity: Severity, sinceMs: number) =>
    trial.apply(findingOf(kind, change, severity, { atMs: trial.clock.nowMs(), sinceMs }));
  const sinceMs = trial.clock.nowMs();
  await say('raised', severities[0] ?? 'minor', sinceMs);
  await pass(trial, 5 * minuteMs);
  // Still so: nothing is said twice.
  await say('changed', severities[0] ?? 'minor', sinceMs);
  for (const severity of severities.slice(1)) {
    await pass(trial, 15 * minuteMs);
    await say('changed', severity, sinceMs);
  }
  await pass(trial, 20 * minuteMs);
  await say('cleared', 'info', sinceMs);
  await pass(trial, 120 * minuteMs);
  for (let n = 0; n < 5; n += 1) {
    const againMs = trial.clock.nowMs();
    await say('raised', severities.at(-1) ?? 'minor', againMs);
    await pass(trial, 2 * minuteMs);
    await say('cleared', 'info', againMs);
    await pass(trial, minuteMs);
  }
  await pass(trial, 60 * minuteMs);
}

/** Every message as a line: minutes after the beginning, to whom, over which way, and its words. */
export async function told(trial: Trial, fromMs: number): Promise<readonly string[]> {
  const rows = await trial.rows();
  return rows
    .filter(({ channel }) => channel !== 'upstream')
    .map(({ created_ms: atMs, next_ms: nextMs, channel, recipient, text, state }) => {
      const minutes = Math.round((Math.max(atMs, nextMs) - fromMs) / minuteMs);
      const taken = state === 'cancelled' ? ' (taken back)' : '';
      return `+${String(minutes).padStart(3)} min ${channel} ${recipient}${taken}: ${text.replaceAll('\n', ' / ')}`;
    });
}

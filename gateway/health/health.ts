import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Journal } from '../journal/contract.ts';
import type { Outbound } from '../outbox/outbound.ts';

/** One part of the box and how it is. */
export interface Part {
  readonly name: 'journal' | 'rules' | 'sms' | 'clock' | 'disk';
  readonly ok: boolean;
  /** Why not, or a figure. */
  readonly note?: string;
  /** Of the rules: how far they have come with what the box kept before they saw it, 0…99. */
  readonly caughtUpPercent?: number;
}

export interface Health {
  /** True while the box keeps its promise: it takes in, judges, and can tell somebody. */
  readonly ok: boolean;
  readonly parts: readonly Part[];
}

/** An SMS channel may be down so long before the box counts as ill: a modem starts in a minute. */
const smsGraceMs = 2 * 60_000;
/** Groups of findings that may wait for the desk. */
const behindGroups = 100;
/** After a start the rules may be so long behind before the box counts as ill, ms: a day of 473 meters takes a quarter of a minute. */
const catchUpGraceMs = 2 * 60_000;

export function healthOf(parts: {
  readonly journal: Pick<Journal, 'stats'>;
  readonly engine: Pick<Engine, 'behind' | 'catchingUp'>;
  readonly outbound: Pick<Outbound, 'smsDownSinceMs'>;
  readonly clock: Clock;
}): Health {
  const { healthy, refusing } = parts.journal.stats();
  const downSinceMs = parts.outbound.smsDownSinceMs();
  const smsOk = downSinceMs === null || parts.clock.nowMs() - downSinceMs < smsGraceMs;
  const all: Part[] = [
    { name: 'journal', ok: healthy, ...(refusing === undefined ? {} : { note: refusing }) },
    rulesOf(parts.engine),
    { name: 'sms', ok: smsOk, ...(smsOk ? {} : { note: 'no SMS can leave' }) },
    {
      name: 'clock',
      ok: parts.clock.trusted(),
      ...(parts.clock.trusted() ? {} : { note: 'the time is not trusted' }),
    },
  ];
  return { ok: all.every(({ ok, name }) => ok || name === 'clock'), parts: all };
}

function rulesOf(engine: Pick<Engine, 'behind' | 'catchingUp'>): Part {
  const behind = engine.behind();
  const catchingUp = engine.catchingUp();
  const ok = behind < behindGroups && (catchingUp === null || catchingUp.forMs < catchUpGraceMs);
  if (catchingUp !== null) {
    const { percent } = catchingUp;
    const note = `正在补算已保存的记录 ${percent}% / catching up with what was kept, ${percent} %`;
    return { name: 'rules', ok, note, caughtUpPercent: percent };
  }
  return { name: 'rules', ok, ...(behind === 0 ? {} : { note: `${behind} groups behind` }) };
}

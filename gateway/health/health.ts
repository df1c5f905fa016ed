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

export function healthOf(parts: {
  readonly journal: Journal;
  readonly engine: Engine;
  readonly outbound: Pick<Outbound, 'smsDownSinceMs'>;
  readonly clock: Clock;
}): Health {
  const { healthy, refusing } = parts.journal.stats();
  const behind = parts.engine.behind();
  const downSinceMs = parts.outbound.smsDownSinceMs();
  const smsOk = downSinceMs === null || parts.clock.nowMs() - downSinceMs < smsGraceMs;
  const all: Part[] = [
    { name: 'journal', ok: healthy, ...(refusing === undefined ? {} : { note: refusing }) },
    {
      name: 'rules',
      ok: behind < behindGroups,
      ...(behind === 0 ? {} : { note: `${behind} groups behind` }),
    },
    { name: 'sms', ok: smsOk, ...(smsOk ? {} : { note: 'no SMS can leave' }) },
    {
      name: 'clock',
      ok: parts.clock.trusted(),
      ...(parts.clock.trusted() ? {} : { note: 'the time is not trusted' }),
    },
  ];
  return { ok: all.every(({ ok, name }) => ok || name === 'clock'), parts: all };
}

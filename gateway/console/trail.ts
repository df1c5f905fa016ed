import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { audit } from '../privacy/audit.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { Account } from './sessions.ts';

/** Refused log-ins are gathered for so long and written as one line with their number: a flood must not fill the card. */
const gatherMs = 1000;
/** Different lines in that time; more are counted under one. */
const mostLines = 100;
/** Who looks at the same thing again within this time has looked once: pages ask by themselves. */
const viewMs = 15 * 60_000;
const mostViews = 1000;

/** What the console writes into the audit: log-ins, refusals, exports, looks at what names people. */
export interface Trail {
  /** Written before it resolves. */
  note(account: Pick<Account, 'name' | 'role'>, action: string, object: string): Promise<void>;
  /** A log-in that was refused; `name` only where it is an account's: people type passwords there. */
  refused(name: string | undefined, why: string): void;
  /** A look at personal data. */
  viewed(account: Account, object: string, n: number): Promise<void>;
  /** Writes what is gathered. */
  flush(): Promise<void>;
}

export function createTrail(gate: Sqlite, clock: Clock, log: Log): Trail {
  const gathered = new Map<string, { who: string; why: string; n: number }>();
  const views = new Map<string, number>();
  let timer: NodeJS.Timeout | null = null;

  const flush = async () => {
    if (timer) clearTimeout(timer);
    timer = null;
    const lines = [...gathered.values()];
    gathered.clear();
    for (const { who, why, n } of lines) {
      const common = { atMs: clock.nowMs(), role: '', purpose: 'log-in' };
      await audit(gate, { ...common, who, action: 'login.refused', object: why, n });
    }
  };
  return {
    note: ({ name: who, role }, action, object) =>
      audit(gate, { atMs: clock.nowMs(), who, role, action, object, purpose: 'console', n: 1 }),
    refused(name, why) {
      const known = name ?? 'unknown';
      const key = gathered.size < mostLines ? `${known}\n${why}` : 'many';
      const line = gathered.get(key) ?? {
        who: key === 'many' ? 'many' : known,
        why: key === 'many' ? 'many' : why,
        n: 0,
      };
      line.n += 1;
      gathered.set(key, line);
      timer ??= setTimeout(() => {
        flush().catch((cause) => log.error({ err: cause }, 'refused log-ins are not in the audit'));
      }, gatherMs);
    },
    async viewed({ name: who, role }, object, n) {
      const key = `${who}\n${object}`;
      const nowMs = clock.monoMs();
      if (nowMs - (views.get(key) ?? Number.NEGATIVE_INFINITY) < viewMs) return;
      views.delete(key);
      views.set(key, nowMs);
      if (views.size > mostViews) views.delete(views.keys().next().value ?? '');
      await audit(gate, {
        atMs: clock.nowMs(),
        who,
        role,
        action: 'view',
        object,
        purpose: 'console',
        n,
      });
    },
    flush,
  };
}

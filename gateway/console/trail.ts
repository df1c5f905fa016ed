import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { audit } from '../privacy/audit.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { Account } from './sessions.ts';

/** Refusals are gathered for so long and written as one line with their number: a flood must not fill the card. */
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
  /** A request with a session that is none, or from another origin: nobody knows whose. */
  strange(why: 'session' | 'origin'): void;
  /** A look at personal data. */
  viewed(account: Account, object: string, n: number): Promise<void>;
  /** Writes what is gathered. */
  flush(): Promise<void>;
}

interface Gathered {
  readonly who: string;
  readonly why: string;
  readonly action: 'login.refused' | 'request.refused';
  n: number;
}

export function createTrail(gate: Sqlite, clock: Clock, log: Log): Trail {
  const gathered = new Map<string, Gathered>();
  const views = new Map<string, number>();
  let timer: NodeJS.Timeout | null = null;

  const flush = async () => {
    if (timer) clearTimeout(timer);
    timer = null;
    const lines = [...gathered.values()];
    gathered.clear();
    for (const { who, why, action, n } of lines) {
      const common = { atMs: clock.nowMs(), role: '', purpose: 'log-in' };
      await audit(gate, { ...common, who, action, object: why, n });
    }
  };
  const gather = (who: string, why: string, action: Gathered['action']) => {
    const key = gathered.size < mostLines ? `${who}\n${why}\n${action}` : `many\n${action}`;
    const many = key.startsWith('many\n');
    const line = gathered.get(key) ?? {
      who: many ? 'many' : who,
      why: many ? 'many' : why,
      action,
      n: 0,
    };
    line.n += 1;
    gathered.set(key, line);
    timer ??= setTimeout(() => {
      flush().catch((cause) => log.error({ err: cause }, 'refusals are not in the audit'));
    }, gatherMs);
  };
  return {
    note: ({ name: who, role }, action, object) =>
      audit(gate, { atMs: clock.nowMs(), who, role, action, object, purpose: 'console', n: 1 }),
    refused: (name, why) => gather(name ?? 'unknown', why, 'login.refused'),
    strange: (why) => gather('unknown', why, 'request.refused'),
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

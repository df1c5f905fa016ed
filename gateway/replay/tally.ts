import type { Text } from '../../drivers/text.ts';
import type { Finding, Level, Severity } from '../../rules/finding.ts';
import type { Alert } from '../desk/contract.ts';
import { localTime } from '../desk/local-time.ts';
import { rank } from '../desk/severity.ts';
import { subjectOf } from '../desk/subject.ts';

/** One finding of a replay, as it stood at its gravest. */
export interface Found {
  readonly id: string;
  readonly kind: Alert['subjectKind'];
  /** Point, lane or device; `site` for the whole. */
  readonly subject: string;
  readonly phase?: string;
  readonly level?: Level;
  readonly severity: Severity;
  readonly sinceMs: number;
  readonly raisedMs: number;
  /** Absent while it goes on. */
  readonly clearedMs?: number;
  readonly text: Text;
}

/** What a rule would have said. */
export interface Tally {
  /** Local days in order: findings that began to be told there, and those among them that would only be recorded. */
  readonly days: readonly {
    readonly day: string;
    readonly alerts: number;
    readonly notes: number;
  }[];
  readonly alerts: number;
  readonly alertsADay: number;
  /** By what each came to at its gravest. */
  readonly levels: readonly {
    readonly severity: Severity;
    readonly level?: Level;
    readonly n: number;
  }[];
  /** The newest, alerts before notes; `left` more were counted only. */
  readonly found: readonly Found[];
  readonly left: number;
}

/** Findings that are listed: alerts, and those that would only be recorded. */
export const mostAlerts = 200;
export const mostNotes = 50;
/** Findings that go on at once; the oldest beyond are taken for over. */
export const mostOpen = 5000;

interface Open {
  found: Found;
  day: string;
}

/** Counts findings as they come; its memory does not grow with the days. */
export function createTally(fromMs: number, toMs: number, zone: string) {
  const open = new Map<string, Open>();
  const days = new Map<string, { alerts: number; notes: number }>();
  const levels = new Map<string, { severity: Severity; level?: Level; n: number }>();
  const [alerts, notes]: [Found[], Found[]] = [[], []];
  let total = 0;

  const count = ({ severity, level }: Found, by: 1 | -1, day: string) => {
    const key = `${severity}/${level ?? ''}`;
    const entry = levels.get(key) ?? { severity, ...(level ? { level } : {}), n: 0 };
    entry.n += by;
    levels.set(key, entry);
    const figures = days.get(day) ?? { alerts: 0, notes: 0 };
    figures[severity === 'info' ? 'notes' : 'alerts'] += by;
    days.set(day, figures);
  };
  const close = ({ found }: Open) => {
    const list = found.severity === 'info' ? notes : alerts;
    list.push(found);
    if (list.length > (list === notes ? mostNotes : mostAlerts)) list.shift();
  };

  return {
    take(finding: Finding): void {
      const known = open.get(finding.id);
      if (finding.change === 'cleared') {
        if (!known) return;
        open.delete(finding.id);
        close({ ...known, found: { ...known.found, clearedMs: finding.atMs } });
        return;
      }
      if (!known) {
        // It was raised before the time that is asked for, or has been counted and taken for over.
        if (finding.change !== 'raised') return;
        const found = foundOf(finding, finding.atMs);
        const day = localTime(finding.atMs, zone).day;
        total += 1;
        open.set(finding.id, { found, day });
        count(found, 1, day);
        const [oldest] = open.size > mostOpen ? open : [];
        if (oldest) {
          open.delete(oldest[0]);
          close(oldest[1]);
        }
        return;
      }
      if (grave(finding) < grave(known.found)) return;
      count(known.found, -1, known.day);
      // What is told at last is told on that day.
      if (known.found.severity === 'info' && finding.severity !== 'info')
        known.day = localTime(finding.atMs, zone).day;
      known.found = foundOf(finding, known.found.raisedMs);
      count(known.found, 1, known.day);
    },

    result(): Tally {
      for (const one of open.values()) close(one);
      open.clear();
      const told = [...days.values()].reduce((sum, day) => sum + day.alerts, 0);
      const found = [...alerts.reverse(), ...notes.reverse()];
      return {
        days: daysBetween(fromMs, toMs, zone).map((day) => ({
          day,
          ...(days.get(day) ?? { alerts: 0, notes: 0 }),
        })),
        alerts: told,
        alertsADay: told / Math.max(1, (toMs - fromMs) / dayMs),
        levels: [...levels.values()].filter(({ n }) => n > 0).sort((a, b) => grave(b) - grave(a)),
        found,
        left: total - found.length,
      };
    },
  };
}

const dayMs = 86_400_000;
const levelRank = { possible: 1, probable: 2, confirmed: 3 } as const;
const grave = ({ severity, level }: { severity: Severity; level?: Level }): number =>
  rank(severity) * 10 + (level ? levelRank[level] : 0);

const foundOf = (finding: Finding, raisedMs: number): Found => {
  const [kind, subject] = subjectOf(finding);
  return {
    id: finding.id,
    kind,
    subject,
    ...(finding.phase ? { phase: finding.phase } : {}),
    ...(finding.level ? { level: finding.level } : {}),
    severity: finding.severity,
    sinceMs: finding.sinceMs,
    raisedMs,
    text: finding.text,
  };
};

/** Local days that a time touches. */
export function daysBetween(fromMs: number, toMs: number, zone: string): string[] {
  const days = new Set<string>();
  for (let atMs = fromMs; atMs < toMs; atMs += dayMs) days.add(localTime(atMs, zone).day);
  days.add(localTime(toMs, zone).day);
  return [...days];
}

import type { AlertRow, Tx } from './alert-row.ts';
import { isNight } from './local-time.ts';

/** A share with what it was made of; without a denominator there is no figure, neither 0 nor 100 %. */
export interface Share {
  readonly n: number;
  readonly of: number;
  /** Per cent; undefined where `of` is 0. */
  readonly percent: number | undefined;
}

/** Median and 90th percentile, minutes, and how many there were. */
export interface Times {
  readonly n: number;
  readonly medianMin: number | undefined;
  readonly p90Min: number | undefined;
}

/** Key figures of a time, each with its numerator and denominator. */
export interface Kpis {
  readonly acknowledge: Readonly<
    Record<'critical' | 'major', { readonly day: Times; readonly night: Times }>
  >;
  /** By rule: false ÷ (closed or handled + false), and those that nobody has judged. */
  readonly falseAlarms: Readonly<Record<string, Share & { readonly unjudged: number }>>;
  readonly smsDelivery: Share;
  readonly casesInTime: Share;
}

export const share = (n: number, of: number): Share => ({
  n,
  of,
  percent: of === 0 ? undefined : Number(((100 * n) / of).toFixed(1)),
});

/** Percentiles by the nearest rank: a figure that really occurred. */
export function times(minutes: readonly number[]): Times {
  const sorted = [...minutes].sort((a, b) => a - b);
  const at = (percent: number) => {
    const value = sorted[Math.ceil((percent / 100) * sorted.length) - 1];
    return value === undefined ? undefined : Number(value.toFixed(1));
  };
  return { n: sorted.length, medianMin: at(50), p90Min: at(90) };
}

/** Reads the key figures of alerts raised between two times. The same rows give the same figures. */
export async function kpisOf(tx: Tx, fromMs: number, toMs: number, zone: string): Promise<Kpis> {
  const alerts = await tx.all<AlertRow>(
    `SELECT * FROM alerts WHERE raised_ms >= ? AND raised_ms < ? AND shadow = 0 AND severity <> 'info'
       AND rule NOT LIKE 'notice.%' ORDER BY id`,
    [fromMs, toMs],
  );
  const waited = (severity: 'critical' | 'major', night: boolean) =>
    times(
      alerts
        .filter((one) => one.told_severity === severity && isNight(one.raised_ms, zone) === night)
        .flatMap(({ ack_ms, raised_ms }) =>
          ack_ms === null ? [] : [(ack_ms - raised_ms) / 60_000],
        ),
    );
  const both = (severity: 'critical' | 'major') => ({
    day: waited(severity, false),
    night: waited(severity, true),
  });
  const sms = await tx.get<{ sent: number; delivered: number | null }>(
    `SELECT COUNT(*) AS sent, SUM(state = 'delivered') AS delivered FROM outbox
     WHERE channel = 'sms' AND message_id <> 'notice.drill' AND sent_ms IS NOT NULL AND created_ms >= ? AND created_ms < ?`,
    [fromMs, toMs],
  );
  const cases = await tx.get<{ due: number; done: number | null }>(
    `SELECT COUNT(*) AS due, SUM(state IN ('closed', 'rejected')) AS done FROM cases
     WHERE opened_ms >= ? AND opened_ms < ? AND (state IN ('closed', 'rejected') OR due_ms < ?)`,
    [fromMs, toMs, toMs],
  );
  return {
    acknowledge: { critical: both('critical'), major: both('major') },
    falseAlarms: falseAlarms(alerts),
    smsDelivery: share(sms?.delivered ?? 0, sms?.sent ?? 0),
    casesInTime: share(cases?.done ?? 0, cases?.due ?? 0),
  };
}

function falseAlarms(alerts: readonly AlertRow[]): Kpis['falseAlarms'] {
  const byRule: Record<string, Share & { readonly unjudged: number }> = {};
  for (const rule of [...new Set(alerts.map((one) => one.rule))].sort()) {
    const own = alerts.filter((one) => one.rule === rule);
    const wrong = own.filter(({ work }) => work === 'false_alarm').length;
    const right = own.filter(({ work }) => work === 'handled' || work === 'closed').length;
    byRule[rule] = { ...share(wrong, wrong + right), unjudged: own.length - wrong - right };
  }
  return byRule;
}

import type { Text } from '../../drivers/text.ts';
import type { Tx } from './alert-row.ts';

/** What one rule said in a time: live, and on trial. */
export interface RuleFigures {
  readonly live: number;
  readonly shadow: number;
  readonly falseAlarms: number;
  readonly last: readonly Saying[];
}

/** One thing that a rule said; `alertId` opens it. */
export interface Saying {
  readonly alertId: number;
  readonly atMs: number;
  readonly subject: string;
  readonly text: Text;
  readonly shadow: boolean;
}

/** How many sayings of each rule are given. */
const mostSayings = 5;

/** What every rule said between two times, by rule id. */
export async function ruleFigures(
  tx: Pick<Tx, 'all'>,
  fromMs: number,
  toMs: number,
): Promise<ReadonlyMap<string, RuleFigures>> {
  const counts = await tx.all<{ rule: string; live: number; shadow: number; wrong: number }>(
    `SELECT rule, SUM(shadow = 0) AS live, SUM(shadow = 1) AS shadow, SUM(work = 'false_alarm') AS wrong
     FROM alerts WHERE raised_ms >= ? AND raised_ms < ? GROUP BY rule`,
    [fromMs, toMs],
  );
  const sayings = await tx.all<{
    rule: string;
    id: number;
    raised_ms: number;
    subject_title: string;
    text_zh: string;
    text_en: string;
    shadow: number;
  }>(
    `SELECT * FROM (
       SELECT rule, id, raised_ms, subject_title, text_zh, text_en, shadow,
         ROW_NUMBER() OVER (PARTITION BY rule ORDER BY raised_ms DESC, id DESC) AS nth
       FROM alerts WHERE raised_ms >= ? AND raised_ms < ?
     ) WHERE nth <= ? ORDER BY rule, nth`,
    [fromMs, toMs, mostSayings],
  );
  return new Map(
    counts.map(({ rule, live, shadow, wrong }) => [
      rule,
      {
        live,
        shadow,
        falseAlarms: wrong,
        last: sayings
          .filter((one) => one.rule === rule)
          .map((one) => ({
            alertId: one.id,
            atMs: one.raised_ms,
            subject: one.subject_title,
            text: { zh: one.text_zh, en: one.text_en },
            shadow: one.shadow === 1,
          })),
      },
    ]),
  );
}

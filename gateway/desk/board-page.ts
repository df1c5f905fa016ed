import type { Board } from './board.ts';
import { type Report, toReport } from './report-page.ts';

/** The board for the notice board and the printer: numbers of houses, nothing else. */
export function boardPage(
  village: string,
  month: string,
  { honour, warning }: Pick<Board, 'honour' | 'warning'>,
): Report {
  const rows = (lines: Board['honour']) => lines.map(({ place, score }) => [place, String(score)]);
  return toReport(
    `${village} ${month} 用电安全红黑榜`,
    [
      {
        title: '红榜（用电安全好）',
        lines: honour.length === 0 ? ['本月无。'] : [],
        table: { head: ['楼栋', '得分'], rows: rows(honour) },
      },
      {
        title: '黑榜（须整改）',
        lines: warning.length === 0 ? ['本月无。'] : [],
        table: { head: ['楼栋', '得分'], rows: rows(warning) },
      },
    ],
    '只计现场核实并经复查的情况；整改销号后即撤下，至迟下月底撤下。对本榜有异议请向居委会提出。',
  );
}

import type { AlertRow, Tx } from './alert-row.ts';
import { type CaseState, caseStateNames, listCases } from './cases.ts';
import { type DrillReport, drillsBetween } from './drill.ts';
import { kindName } from './kinds.ts';
import { type Kpis, kpisOf } from './kpi.ts';
import { addDays, atLocal } from './local-time.ts';
import { worksBetween } from './maintenance.ts';
import { type Report, type Section, shown, toReport, unknown } from './report-page.ts';
import { shareText, timesText } from './report-words.ts';

/** What a report over some days is made of; `days` is 7 for a week. No person in it. */
export interface PeriodFigures {
  readonly fromDay: string;
  /** The first day after it. */
  readonly toDay: string;
  readonly kpis: Kpis;
  /** Alerts by rule and day, the village's own kinds only. */
  readonly byRule: readonly {
    readonly rule: string;
    readonly n: number;
    readonly meanBefore: number;
  }[];
  /** Houses with more than one alert of a kind. */
  readonly repeated: readonly {
    readonly place: string;
    readonly rule: string;
    readonly n: number;
  }[];
  readonly funnel: readonly {
    readonly state: CaseState;
    readonly n: number;
    readonly oldestDays: number;
  }[];
  readonly silences: number;
  /** Announced works that ran in it. */
  readonly works: number;
  readonly drills: readonly DrillReport[];
  readonly shadow: readonly { readonly rule: string; readonly n: number }[];
}

const dayMs = 86_400_000;
const before = 4;

/** Reads the figures of the `days` local days that end before `toDay`. The same rows give the same figures. */
export async function periodFigures(
  tx: Tx,
  toDay: string,
  days: number,
  zone: string,
): Promise<PeriodFigures> {
  const fromDay = addDays(toDay, -days);
  const fromMs = atLocal(fromDay, 0, zone);
  const toMs = atLocal(toDay, 0, zone);
  const rows = await tx.all<Pick<AlertRow, 'rule' | 'subject_title' | 'raised_ms' | 'shadow'>>(
    `SELECT rule, subject_title, raised_ms, shadow FROM alerts WHERE raised_ms >= ? AND raised_ms < ?
       AND severity <> 'info' AND rule NOT LIKE 'notice.%' ORDER BY id`,
    [fromMs - before * days * dayMs, toMs],
  );
  const live = rows.filter(({ shadow }) => shadow === 0);
  const own = live.filter(({ raised_ms }) => raised_ms >= fromMs);
  const rulesOf = (list: readonly { readonly rule: string }[]) =>
    [...new Set(list.map(({ rule }) => rule))].sort();
  const count = (list: readonly { readonly rule: string }[], rule: string) =>
    list.filter((one) => one.rule === rule).length;
  const silences = await tx.get<{ n: number }>(
    'SELECT COUNT(*) AS n FROM silences WHERE from_ms >= ? AND from_ms < ?',
    [fromMs, toMs],
  );
  const shadowed = rows.filter(({ shadow, raised_ms }) => shadow === 1 && raised_ms >= fromMs);
  return {
    fromDay,
    toDay,
    kpis: await kpisOf(tx, fromMs, toMs, zone),
    byRule: rulesOf(live).map((rule) => ({
      rule,
      n: count(own, rule),
      meanBefore: (count(live, rule) - count(own, rule)) / before,
    })),
    repeated: repeatedOf(own),
    funnel: await funnelOf(tx, toMs),
    silences: silences?.n ?? 0,
    works: (await worksBetween(tx, fromMs, toMs)).length,
    drills: await drillsBetween(tx, fromMs, toMs),
    shadow: rulesOf(shadowed).map((rule) => ({ rule, n: count(shadowed, rule) })),
  };
}

function repeatedOf(
  rows: readonly Pick<AlertRow, 'rule' | 'subject_title'>[],
): PeriodFigures['repeated'] {
  const counts = new Map<string, { place: string; rule: string; n: number }>();
  for (const { rule, subject_title: place } of rows) {
    if (!rule.startsWith('load.') && !rule.startsWith('elec.')) continue;
    const one = counts.get(`${place}/${rule}`) ?? { place, rule, n: 0 };
    counts.set(`${place}/${rule}`, { ...one, n: one.n + 1 });
  }
  return [...counts.values()]
    .filter(({ n }) => n > 1)
    .sort((a, b) => b.n - a.n || a.place.localeCompare(b.place, 'zh', { numeric: true }))
    .slice(0, 20);
}

async function funnelOf(tx: Tx, toMs: number): Promise<PeriodFigures['funnel']> {
  const cases = (await listCases(tx, { limit: 5000 })).filter(
    ({ openedAtMs }) => openedAtMs < toMs,
  );
  return (Object.keys(caseStateNames) as CaseState[]).map((state) => {
    const own = cases.filter((one) => one.state === state);
    const oldest = Math.min(...own.map(({ changedAtMs }) => changedAtMs), toMs);
    return { state, n: own.length, oldestDays: Math.max(0, Math.floor((toMs - oldest) / dayMs)) };
  });
}

/** The committee's week: trends, repeated houses, cases, how good the rules are. The same figures give the same bytes. */
export function weeklyReport(village: string, figures: PeriodFigures): Report {
  const { fromDay, toDay, kpis } = figures;
  const title = `${village} 周报 ${fromDay} 至 ${addDays(toDay, -1)}`;
  const sections: readonly Section[] = [
    {
      title: '告警趋势（与前四期平均比）',
      lines: figures.byRule.length === 0 ? ['无告警。'] : [],
      table: {
        head: ['类别', '本期', '前四期平均'],
        rows: figures.byRule.map(({ rule, n, meanBefore }) => [
          kindName(rule).zh,
          String(n),
          shown(meanBefore),
        ]),
      },
    },
    {
      title: '重复出现的楼栋',
      lines: figures.repeated.length === 0 ? ['无。'] : [],
      table: {
        head: ['楼栋', '类别', '次数'],
        rows: figures.repeated.map(({ place, rule, n }) => [place, kindName(rule).zh, String(n)]),
      },
    },
    {
      title: '案件',
      lines: [`按期办结${shareText(kpis.casesInTime)}。`],
      table: {
        head: ['状态', '件数', '最久天数'],
        rows: figures.funnel.map(({ state, n, oldestDays }) => [
          caseStateNames[state],
          String(n),
          n === 0 ? unknown : String(oldestDays),
        ]),
      },
    },
    {
      title: '规则质量（误报占已判定）',
      lines: [
        ...Object.entries(kpis.falseAlarms).map(
          ([rule, one]) => `${kindName(rule).zh}${shareText(one)}，未判定${one.unjudged}。`,
        ),
        ...figures.shadow.map(({ rule, n }) => `试运行${kindName(rule).zh}：本会发出${n}条。`),
      ],
    },
    {
      title: '确认用时（按班次，不按人）',
      lines: [
        `紧急：白天${timesText(kpis.acknowledge.critical.day)}，夜间${timesText(kpis.acknowledge.critical.night)}。`,
        `重要：白天${timesText(kpis.acknowledge.major.day)}，夜间${timesText(kpis.acknowledge.major.night)}。`,
        `短信送达${shareText(kpis.smsDelivery)}；本期静音${figures.silences}次，报备检修${figures.works}次。`,
      ],
    },
  ];
  return toReport(title, sections, '疑似不等于查实；只有现场核实并复查的才进入红黑榜。');
}

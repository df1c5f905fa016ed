import type { CaseState } from './cases.ts';
import { caseStateNames } from './cases.ts';
import { kindName } from './kinds.ts';
import { addDays, clockText, localTime } from './local-time.ts';
import { type Report, type Section, shown, toReport, unknown } from './report-page.ts';
import { shareText, timesText } from './report-words.ts';
import type { PeriodFigures } from './weekly-report.ts';

/** What other rooms know of a month. What is absent is said to be unknown, never shown as 0. */
export interface MonthlyInput {
  readonly village: string;
  readonly zone: string;
  /** The first day after the month, `2026-06-01`. */
  readonly day: string;
  readonly figures: PeriodFigures;
  readonly load:
    | { readonly energyKwh: number | undefined; readonly completePercent: number | undefined }
    | undefined;
  /** SMS that left, by way; a message in parts counts once. */
  readonly sms: Readonly<Record<'sms' | 'cloud', number>>;
  /** Records held, by class. */
  readonly held: readonly { readonly what: string; readonly rows: number }[];
  /** Looks at personal data and rights exercised, by purpose, out of the audit. */
  readonly accesses: readonly { readonly purpose: string; readonly n: number }[];
  /** Rows that the daily purge has deleted. */
  readonly deleted: number;
  /** Passages without a face, of all. */
  readonly nonFace: { readonly n: number; readonly of: number };
  readonly devices: readonly {
    readonly driver: string;
    readonly n: number;
    readonly silent: number;
  }[];
  /** What was changed in rules, roster, accounts, by whom; roles and duty numbers only. */
  readonly changes: readonly {
    readonly action: string;
    readonly role: string;
    readonly n: number;
  }[];
  /** Alerts of the gate, for the month's assessment of the property company. */
  readonly gate: {
    readonly alerts: number;
    readonly acknowledged: { readonly n: number; readonly of: number };
    readonly medianMin: number | undefined;
  };
  /** Re-inspections that fall due in the month to come. */
  readonly due: readonly {
    readonly place: string;
    readonly day: string;
    readonly state: CaseState;
  }[];
}

/** Who was called in the month's drills and who answered, after how long; duty numbers and roles. */
function drillSection({ drills }: PeriodFigures, zone: string): Pick<Section, 'lines' | 'table'> {
  if (drills.length === 0) return { lines: ['本月没有演练。'] };
  return {
    lines: drills.map(({ reference, atMs, lines }) => {
      const answered = lines.filter(({ answeredMin }) => answeredMin !== undefined).length;
      return `${reference} ${localTime(atMs, zone).day} ${clockText(atMs, zone)}：通知${lines.length}人，回复${answered}人。`;
    }),
    table: {
      head: ['演练', '岗位', '多少分钟后回复'],
      rows: drills.flatMap(({ reference, lines }) =>
        lines.map(({ title, answeredMin }) => [
          reference,
          title,
          answeredMin === undefined ? '未回复' : shown(answeredMin),
        ]),
      ),
    },
  };
}

const monthOf = (day: string): string => addDays(day, -1).slice(0, 7);

/** For everybody: how the village did and what the committee did. No building that is suspected of anything. */
export function publicMonth({ village, day, figures, load }: MonthlyInput): Report {
  const of = (states: readonly CaseState[]) =>
    figures.funnel.filter(({ state }) => states.includes(state)).reduce((n, one) => n + one.n, 0);
  const sections: readonly Section[] = [
    {
      title: '全村',
      lines: [
        `用电${shown(load?.energyKwh, '千瓦时')}；监测数据完整率${shown(load?.completePercent, '%')}。`,
        figures.byRule.length === 0 ? '本月无告警。' : '',
      ].filter(Boolean),
      table: {
        head: ['类别', '本月', '前四月平均'],
        rows: figures.byRule.map(({ rule, n, meanBefore }) => [
          kindName(rule).zh,
          String(n),
          shown(meanBefore),
        ]),
      },
    },
    {
      title: '委员会做了什么',
      lines: [
        `上门核实后告知${of(['notified', 'rectifying', 'rechecked_ok', 'rechecked_bad', 'reported', 'handed_over'])}件，销号${of(['closed'])}件，核实为误报${of(['rejected'])}件。`,
        `紧急告警确认用时：白天${timesText(figures.kpis.acknowledge.critical.day)}，夜间${timesText(figures.kpis.acknowledge.critical.night)}。`,
      ],
    },
  ];
  return toReport(
    `${village} ${monthOf(day)} 月报（公开）`,
    sections,
    '疑似不等于查实；红黑榜另行公布，须先告知房东、两人放行。',
  );
}

/** For the committee: key figures, costs, privacy, equipment, the property company, changes, what is to be done. */
export function internalMonth(input: MonthlyInput): Report {
  const { village, zone, day, figures, sms, gate } = input;
  const { kpis } = figures;
  const table = (head: readonly string[], rows: readonly (readonly string[])[]) => ({
    lines: rows.length === 0 ? ['无。'] : [],
    table: { head, rows },
  });
  const sections: readonly Section[] = [
    {
      title: '关键指标（分子/分母）',
      lines: [],
      table: {
        head: ['指标', '本月'],
        rows: [
          ['紧急确认（白天）', timesText(kpis.acknowledge.critical.day)],
          ['紧急确认（夜间）', timesText(kpis.acknowledge.critical.night)],
          ['重要确认（白天）', timesText(kpis.acknowledge.major.day)],
          ['重要确认（夜间）', timesText(kpis.acknowledge.major.night)],
          ['短信送达', shareText(kpis.smsDelivery)],
          ['按期办结', shareText(kpis.casesInTime)],
          ['数据完整率', shown(input.load?.completePercent, '%')],
          ...Object.entries(kpis.falseAlarms).map(([rule, one]) => [
            `${kindName(rule).zh}误报`,
            `${shareText(one)}，未判定${one.unjudged}`,
          ]),
        ],
      },
    },
    { title: '短信演练', ...drillSection(figures, zone) },
    { title: '费用', lines: [`短信：模块${sms.sms}条，云平台${sms.cloud}条。`] },
    {
      title: '重复出现的楼栋',
      ...table(
        ['楼栋', '类别', '次数'],
        figures.repeated.map(({ place, rule, n }) => [place, kindName(rule).zh, String(n)]),
      ),
    },
    {
      title: '案件',
      ...table(
        ['状态', '件数', '最久天数'],
        figures.funnel.map(({ state, n, oldestDays }) => [
          caseStateNames[state],
          String(n),
          n === 0 ? unknown : String(oldestDays),
        ]),
      ),
    },
    {
      title: '个人信息',
      lines: [
        `本月清除${input.deleted}条；非人脸通行${input.nonFace.of === 0 ? unknown : `${input.nonFace.n}/${input.nonFace.of}`}。`,
        ...input.accesses.map(({ purpose, n }) => `查阅（${purpose}）${n}次。`),
      ],
      table: {
        head: ['现存', '条数'],
        rows: input.held.map(({ what, rows }) => [what, String(rows)]),
      },
    },
    {
      title: '设备',
      ...table(
        ['类型', '台数', '其中离线'],
        input.devices.map(({ driver, n, silent }) => [driver, String(n), String(silent)]),
      ),
    },
    {
      title: '物业服务（评价参考）',
      lines: [
        `大门告警${gate.alerts}条，已确认${gate.acknowledged.of === 0 ? unknown : `${gate.acknowledged.n}/${gate.acknowledged.of}`}，确认用时中位${shown(gate.medianMin)}分钟。`,
      ],
    },
    {
      title: '规则与设置的改动',
      ...table(
        ['操作', '角色', '次数'],
        input.changes.map(({ action, role, n }) => [action, role, String(n)]),
      ),
    },
    {
      title: '下月到期',
      ...table(
        ['楼栋', '状态', '到期'],
        input.due.map(({ place, state, day: dueDay }) => [place, caseStateNames[state], dueDay]),
      ),
    },
  ];
  return toReport(
    `${village} ${monthOf(day)} 月报（内部）`,
    sections,
    '内部材料，不含个人姓名、电话和车牌。',
  );
}

import type { DeskFigures, NightLine } from './daily-figures.ts';
import { clockText, localTime } from './local-time.ts';
import { quietText } from './quiet.ts';
import { type Report, ratio, type Section, shown, toReport, unknown } from './report-page.ts';

/** A building and how much of its limit it used. */
export interface LoadLine {
  readonly place: string;
  /** Highest share of the limit, per cent. */
  readonly peakPercent: number;
  /** Minutes at or above 90 % of the limit. */
  readonly minutesAbove90: number;
}

/** What other rooms know of the day; what is absent is said to be unknown, never shown as 0. */
export interface DailyInput {
  readonly village: string;
  readonly zone: string;
  /** The day on whose morning the report is made, `2026-05-02`. */
  readonly day: string;
  readonly desk: DeskFigures;
  readonly load?: {
    /** Where the 24 hours end, ms UTC. */
    readonly untilMs: number;
    readonly top: readonly LoadLine[];
    /** Energy of the whole village, kWh. */
    readonly energyKwh: number | undefined;
    /** Readings that came, of those expected, per cent. */
    readonly completePercent: number | undefined;
  };
  readonly gate?: {
    /** 06:30 to 09:00. */
    readonly passages: number;
    readonly longestQueue: number | undefined;
    readonly longestWaitMin: number | undefined;
    readonly minutesOverLimit: number;
    readonly manualOpenings: number;
  };
  readonly health?: {
    readonly devicesOffline: number;
    readonly devices: number;
    readonly restarts: number;
    readonly clockTrusted: boolean;
    readonly storageFreePercent: number | undefined;
  };
}

/** The 08:00 hand-over. The same input gives the same bytes; no person, plate or number in it. */
export function dailyReport(input: DailyInput): Report {
  const title = `${input.village} ${input.day} 日报`;
  const sections = [
    headline(input),
    night(input),
    load(input),
    gate(input),
    health(input),
    today(input),
  ];
  const note =
    '充电识别只覆盖部分风险：2024年7月全国电动自行车火灾中，充电时发生的占22.4%，停放未充电的占45.6%。';
  return toReport(title, sections, note);
}

function headline({ desk }: DailyInput): Section {
  const { critical, major, minor } = desk.bySeverity;
  const longest = desk.longest;
  return {
    title: '概况',
    lines: [
      `告警${critical + major + minor}条：紧急${critical}，重要${major}，一般${minor}；误报${desk.falseAlarms}。`,
      `按时确认${ratio(desk.inTime)}；未结${desk.open}条。`,
      `最长等待确认：${longest ? `${longest.reference} ${longest.minutes}分钟` : unknown}。`,
    ],
  };
}

const outcomes: Readonly<Record<NightLine['outcome'], string>> = {
  open: '未确认',
  acknowledged: '已确认',
  on_site: '已到场',
  handled: '已处理',
  false_alarm: '误报',
  closed: '已结',
};
const levels: Readonly<Record<string, string>> = {
  possible: '可能',
  probable: '较可能',
  confirmed: '很可能',
};

function night({ desk, zone }: DailyInput): Section {
  const held = desk.night.filter(({ quiet }) => quiet !== undefined && quiet !== 'no-rise');
  return {
    title: '疑似充电（只凭用电曲线，均待现场核实）',
    lines: [
      desk.night.length === 0 ? '无。' : `共${desk.night.length}处，其中未发提醒${held.length}处。`,
    ],
    table: {
      head: ['编号', '楼栋', '开始', '程度', '结果', '未发提醒的原因'],
      rows: desk.night.map((line) => [
        line.reference,
        line.place,
        clockText(line.sinceMs, zone),
        levels[line.level] ?? unknown,
        outcomes[line.outcome],
        line.quiet && line.quiet !== 'no-rise' ? quietText(line.quiet).zh : '',
      ]),
    },
  };
}

function load({ load: figures, zone }: DailyInput): Section {
  if (!figures) return { title: '用电', lines: ['无数据。'] };
  return {
    title: '用电',
    lines: [
      `24小时（至${clockText(figures.untilMs, zone)}）全村用电${shown(figures.energyKwh, '千瓦时')}；数据完整率${shown(figures.completePercent, '%')}。`,
    ],
    table: {
      head: ['楼栋', '最高占限值', '达90%以上分钟'],
      rows: figures.top
        .slice(0, 10)
        .map(({ place, peakPercent, minutesAbove90 }) => [
          place,
          shown(peakPercent, '%'),
          shown(minutesAbove90),
        ]),
    },
  };
}

function gate({ gate: figures }: DailyInput): Section {
  if (!figures) return { title: '大门早高峰 06:30-09:00', lines: ['无数据。'] };
  return {
    title: '大门早高峰 06:30-09:00',
    lines: [
      `通行${figures.passages}次；最长排队${shown(figures.longestQueue, '辆')}，最长等候${shown(figures.longestWaitMin, '分钟')}；`,
      `超限${figures.minutesOverLimit}分钟；人工放行${figures.manualOpenings}次。`,
    ],
  };
}

function health({ desk, health: figures, zone }: DailyInput): Section {
  const { sent, delivered, failed } = desk.sms;
  const when = (atMs: number) => `${localTime(atMs, zone).day.slice(5)} ${clockText(atMs, zone)}`;
  return {
    title: '系统',
    lines: [
      `短信已发${sent}条，送达${delivered}，失败或不明${failed}；待同步平台${desk.pendingUpstream}条。`,
      figures
        ? `设备离线${figures.devicesOffline}/${figures.devices}；重启${figures.restarts}次；时间${figures.clockTrusted ? '可信' : '不可信'}；存储剩余${shown(figures.storageFreePercent, '%')}。`
        : '设备状态无数据。',
      ...desk.works.map(
        ({ title, fromMs, untilMs, reason }) =>
          `报备检修：${title} ${when(fromMs)} 至 ${when(untilMs)}（${reason}），期间只记录不发送。`,
      ),
    ],
  };
}

function today({ desk }: DailyInput): Section {
  const { member, deputy } = desk.duty;
  const days = desk.calendar.length > 0 ? [`今日：${desk.calendar.join('、')}。`] : [];
  return {
    title: '今日值班',
    lines: [`值班${member ?? '未排'}，副班${deputy ?? '未排'}。`, ...days],
  };
}

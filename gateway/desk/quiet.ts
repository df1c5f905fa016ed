import type { Text } from '../../drivers/text.ts';

/** Why a change of an alert sent no message. */
export type Quiet =
  | 'shadow'
  | 'info'
  | 'late'
  | 'silenced'
  | 'maintenance'
  | 'inhibited'
  | 'flapping'
  | 'storm'
  | 'night'
  | 'charging-budget'
  | 'budget'
  | 'acknowledged'
  | 'no-rise'
  | 'no-text'
  | 'nobody';

const texts: Readonly<Record<Quiet, Text>> = {
  shadow: { zh: '规则处于试运行，只记录不发送', en: 'the rule runs in shadow' },
  info: { zh: '仅作记录，不发短信', en: 'for the record only' },
  late: { zh: '数据过时，不再发送', en: 'the readings are old' },
  silenced: { zh: '已静音', en: 'silenced' },
  inhibited: {
    zh: '上级停电、总线中断或设备离线，已并入该告警',
    en: 'a feeder, a bus or its meter is down',
  },
  maintenance: { zh: '已报备的检修，只记录不发送', en: 'announced works: recorded, not told' },
  flapping: { zh: '反复出现，已合并提醒', en: 'it comes and goes; messages are merged' },
  storm: { zh: '告警集中，已合并提醒', en: 'merged into the storm message' },
  night: { zh: '夜间不打扰，早上汇总', en: 'waits for the morning summary' },
  'charging-budget': {
    zh: '今日疑似充电提醒已满3条，列入早间清单',
    en: 'three charging messages were sent today',
  },
  budget: { zh: '当日短信额度已满，列入早间汇总', en: 'the daily SMS budget is used' },
  acknowledged: { zh: '已有人处理', en: 'somebody is on it' },
  'no-rise': { zh: '重复触发，级别未升高', en: 'the severity did not rise' },
  'no-text': { zh: '该类告警只在控制台和日报显示', en: 'shown in console and daily report only' },
  nobody: { zh: '没有可通知的人或渠道', en: 'there is nobody to tell' },
};

/** The reason in words for the console. */
export const quietText = (quiet: string): Text => texts[quiet as Quiet] ?? { zh: quiet, en: quiet };

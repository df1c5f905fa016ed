import type { Text } from '../../drivers/text.ts';
import type { Finding, Severity } from '../../rules/finding.ts';
import { rules } from '../../rules/index.ts';
import { clockText } from './local-time.ts';
import type { Variables } from './messages.ts';
import type { MessageId } from './templates.ts';

/** Short names of what an alert may be about; at most six units in Chinese. */
const names: Readonly<Record<string, Text>> = {
  'load.overload': { zh: '用电过载', en: 'overload' },
  'load.ebike': { zh: '疑似充电', en: 'e-bike charge' },
  'load.ebike.repeat': { zh: '重复充电', en: 'repeat charge' },
  'load.ebike.watch': { zh: '巡查名单', en: 'watch list' },
  'load.sums': { zh: '总分表不符', en: 'sums disagree' },
  'load.feeder': { zh: '线路过载', en: 'feeder overload' },
  'load.lost': { zh: '失电', en: 'power loss' },
  'load.transformer': { zh: '变压器过热', en: 'transformer heat' },
  'elec.neutral': { zh: '中性线异常', en: 'neutral' },
  'elec.phase': { zh: '缺相', en: 'lost phase' },
  'elec.leakage': { zh: '漏电', en: 'leakage' },
  'elec.temperature': { zh: '配电箱过热', en: 'panel heat' },
  'gate.queue': { zh: '排队', en: 'queue' },
  'gate.barrier_fault': { zh: '道闸异常', en: 'barrier fault' },
  'gate.parking_full': { zh: '车位将满', en: 'parking full' },
  'gate.overstay': { zh: '访客超时', en: 'overstay' },
  'compliance.face_only': { zh: '仅能刷脸', en: 'face only' },
  'device.offline': { zh: '设备离线', en: 'offline' },
  'device.implausible': { zh: '数据异常', en: 'bad readings' },
  'system.bus': { zh: '总线中断', en: 'bus down' },
  'system.restart': { zh: '网关重启', en: 'restart' },
  'system.storage': { zh: '存储不足', en: 'storage' },
  'system.clock': { zh: '时间不可信', en: 'clock' },
  'system.sms': { zh: '短信异常', en: 'SMS down' },
  'system.sync': { zh: '同步积压', en: 'sync backlog' },
  'system.temperature': { zh: '网关过热', en: 'box heat' },
  'security.login': { zh: '登录失败', en: 'log-in' },
  'privacy.retention': { zh: '清除逾期', en: 'purge late' },
  'privacy.payload_rejected': { zh: '拒收图片', en: 'pictures refused' },
  'privacy.request_due': { zh: '申请到期', en: 'request due' },
  'privacy.review': { zh: '评估逾期', en: 'review overdue' },
  'notice.storm': { zh: '告警合并', en: 'alert storm' },
  'notice.roster': { zh: '未排值班', en: 'roster empty' },
  'notice.drill': { zh: '演练', en: 'drill' },
  'notice.drill_due': { zh: '本月未演练', en: 'drill due' },
};

const titles = new Map(rules.map(({ id, title }) => [id, title]));

/** What the alert is, in a few words: the rule's own title where it has no shorter name above. */
export const kindName = (rule: string): Text =>
  names[rule] ?? titles.get(rule) ?? { zh: '告警', en: 'alert' };

/** Which short text tells it. Kinds without one show in the console and the daily report only. */
export function messageIdOf(rule: string, severity: Severity): MessageId | null {
  switch (rule) {
    case 'load.overload':
      return severity === 'critical' || severity === 'major'
        ? `${rule}.${severity}`
        : `${rule}.minor`;
    case 'load.ebike':
      return 'load.ebike.suspected';
    case 'elec.leakage':
      // More than usual is no limit passed: the words of the other say fire.
      return severity === 'critical' ? rule : 'elec.leakage.unusual';
    case 'elec.neutral':
      // A lost neutral. One that carries too much is for the electrician's next visit.
      return severity === 'critical' ? rule : null;
    case 'elec.phase':
      // The other is a terminal of the meter.
      return severity === 'major' ? rule : null;
    case 'system.bus':
      // The same words, which a provider has approved: what is offline is the line.
      return 'device.offline';
    case 'load.ebike.repeat':
    case 'load.lost':
    case 'elec.temperature':
    case 'gate.queue':
    case 'gate.barrier_fault':
    case 'gate.parking_full':
    case 'device.offline':
    case 'system.restart':
    case 'system.storage':
    case 'system.clock':
    case 'system.sms':
    case 'system.sync':
    case 'security.login':
    case 'notice.storm':
    case 'notice.roster':
      return rule;
    default:
      return null;
  }
}

const directions: Readonly<Record<string, Text>> = {
  in: { zh: '进', en: 'in' },
  out: { zh: '出', en: 'out' },
};

/** What fills the placeholders of the short text. Evidence carries units in its names; here they are people's. */
export function variablesOf(
  alert: {
    readonly rule: string;
    readonly reference: string;
    readonly subjectTitle: string;
    readonly sinceMs: number;
    readonly evidence: Readonly<Record<string, unknown>>;
  },
  more: { readonly zone: string; readonly language: string; readonly findings: number },
): Variables {
  const { evidence, rule } = alert;
  const number = (...of: readonly string[]) => {
    for (const name of of) {
      const value = evidence[name];
      if (typeof value === 'number') return value;
    }
    return undefined;
  };
  const name = kindName(rule);
  const ofDevice = rule === 'device.offline' || rule === 'system.bus';
  const en = more.language === 'en';
  const direction = directions[String(evidence.direction)];
  return {
    b: alert.subjectTitle,
    k: ofDevice ? alert.subjectTitle : en ? name.en : name.zh,
    id: alert.reference,
    t: clockText(alert.sinceMs, more.zone),
    a: number('currentA'),
    p: number('sharePercent', 'freePercent', 'percent'),
    m: number('minutes', 'waitMin'),
    n: rule === 'load.ebike' ? more.findings : number('vehicles', 'nights', 'count', 'free'),
    c: number('critical'),
    v: number('residualMa', 'temperatureC'),
    h: number('hours'),
    d: direction ? (en ? direction.en : direction.zh) : alert.subjectTitle,
    s: typeof evidence.state === 'string' ? evidence.state : undefined,
  };
}

/** One open alert for each: the rule and what it is about; electrical faults also by phase. */
export function keyOf(finding: Finding): string {
  const subject = finding.point ?? finding.lane ?? finding.device ?? 'site';
  const key = `${finding.rule}/${subject}`;
  return finding.rule.startsWith('elec.') && finding.phase ? `${key}/${finding.phase}` : key;
}

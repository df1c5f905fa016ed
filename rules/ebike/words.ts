import type { Text } from '../../drivers/text.ts';
import type { Level } from '../finding.ts';
import type { Behind } from './metering.ts';
import type { Reason } from './reasons.ts';

export const levelNames: Readonly<Record<Level, Text>> = {
  possible: { zh: '可能', en: 'possible' },
  probable: { zh: '很可能', en: 'probable' },
  confirmed: { zh: '基本确定', en: 'confirmed by the curve' },
};

const seen: Readonly<Record<Behind, Text>> = {
  room: { zh: '一间房的用电', en: 'one room' },
  phase: { zh: '一相（几间房）的用电', en: 'one phase, a few rooms' },
  house: { zh: '整栋用电', en: 'the whole house' },
};

/** What weighs less than this in log-odds is not worth a reader's time. */
const leastSpoken = 0.2;

/** What is said of a suspicion: what was seen, what else it could be, and what a meter cannot see. */
export function chargingText(told: {
  readonly title: string;
  readonly level: Level;
  readonly clock: string;
  readonly sizeW: number;
  readonly lasted: Text;
  readonly count: number;
  readonly behind: Behind;
  readonly reasons: readonly Reason[];
  readonly alternatives: readonly { readonly text: Text; readonly share: number }[];
}): Text {
  const { title, level, clock, sizeW, lasted, count, behind } = told;
  const spoken = told.reasons.filter(
    ({ name, weight }) => name !== 'start' && name !== 'size' && weight >= leastSpoken,
  );
  const against = told.reasons.filter(
    ({ name, weight }) => name !== 'start' && weight <= -leastSpoken,
  );
  const list = (reasons: readonly Reason[], of: 'zh' | 'en') =>
    reasons.map(({ text }) => text[of]).join(of === 'zh' ? '、' : ', ');
  const doubts = {
    zh: against.length > 0 ? `；不像之处：${list(against, 'zh')}` : '',
    en: against.length > 0 ? `; against it: ${list(against, 'en')}` : '',
  };
  const others = {
    zh: told.alternatives
      .map(({ text, share }) => `${text.zh}（${Math.round(share * 100)}%）`)
      .join('、'),
    en: told.alternatives
      .map(({ text, share }) => `${text.en} (${Math.round(share * 100)} %)`)
      .join(', '),
  };
  const several =
    count > 1 ? { zh: `，约${count}处或更多`, en: `, ${count} spots or more` } : { zh: '', en: '' };
  return {
    zh: `${title}自${clock}起疑似电动车充电（${levelNames[level].zh}${several.zh}），请核实。依据：${clock}起出现约${sizeW}瓦的阶跃负荷，${list(spoken, 'zh') || `已持续${lasted.zh}`}${doubts.zh}。其他可能：${others.zh}。本系统只能看到${seen[behind].zh}，看不到电线和房间，请现场核查。`,
    en: `${title}: suspected e-bike charging since ${clock} (${levelNames[level].en}${several.en}). Seen: a step of about ${sizeW} W at ${clock}, ${list(spoken, 'en') || `for ${lasted.en}`}${doubts.en}. It could also be: ${others.en}. The box sees ${seen[behind].en}, no cables and no rooms: please look.`,
  };
}

export function endedText(title: string, lasted: Text, why: 'full' | 'off' | 'unknown'): Text {
  const how = {
    full: { zh: '像是充满后结束', en: 'it seems full' },
    off: { zh: '已断开', en: 'it was switched off' },
    unknown: { zh: '数据中断，何时结束不明', en: 'readings broke off, its end is unknown' },
  }[why];
  return {
    zh: `${title}疑似充电结束，历时${lasted.zh}，${how.zh}。`,
    en: `${title}: suspected charging is over after ${lasted.en}; ${how.en}.`,
  };
}

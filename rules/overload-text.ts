import type { Text } from '../drivers/text.ts';
import { type LimitedBy, limitNames } from './circuit/limit.ts';

/** The numbers an overload is told with. */
export interface OverloadEvidence {
  readonly currentA: number;
  readonly limitA: number;
  readonly limitedBy: LimitedBy;
  readonly sharePercent: number;
  /** Of the last 15 minutes; absent while too little of them is known. */
  readonly meanSharePercent?: number;
  readonly minutes: number;
  readonly estimated?: boolean;
  /** Absent where no breaker was surveyed: nobody knows when it trips. */
  readonly breakerA?: number;
  readonly tripEarliestS?: number;
  readonly tripLatestS?: number;
}

/** What the console and the long messages say. The SMS has its own, shorter words. */
export function overloadText(
  title: string,
  stage: 0 | 1 | 2 | 3,
  evidence: OverloadEvidence,
): Text {
  const { currentA, limitA, limitedBy, sharePercent, meanSharePercent, minutes } = evidence;
  const limit = limitNames[limitedBy];
  if (stage === 0) {
    return {
      zh: `${title}电流已降至${currentA}安（限值${limitA}安），过载解除。`,
      en: `${title}: down to ${currentA} A (limit ${limitA} A); the overload is over.`,
    };
  }
  const share =
    stage === 1 && meanSharePercent !== undefined
      ? { zh: `15分钟平均达${meanSharePercent}%`, en: `15-minute mean ${meanSharePercent} %` }
      : { zh: `达${sharePercent}%`, en: `${sharePercent} %` };
  const advice = {
    1: { zh: '请提醒错峰用电。', en: 'Ask tenants to shift load.' },
    2: {
      zh: '请尽快上门减负荷，先停空调、电热水器和取暖器。',
      en: 'Visit soon and reduce load: air conditioners, water heaters, heaters first.',
    },
    3: {
      zh: '有起火危险，请立即到场断开大功率电器，先停空调、电热水器和取暖器，见烟火拨119。',
      en: 'Fire risk: go now, unplug heavy loads, air conditioners, water heaters and heaters first; call 119 on smoke.',
    },
  }[stage];
  const trip = tripText(evidence);
  const note = evidence.estimated
    ? {
        zh: '（该表不报电流，按功率估算）',
        en: ' (this meter gives no current; estimated from power)',
      }
    : { zh: '', en: '' };
  return {
    zh: `${title}用电${currentA}安，${limit.zh}${limitA}安，${share.zh}，已持续${minutes}分钟${note.zh}。${trip.zh}${advice.zh}`,
    en: `${title}: ${currentA} A on a limit of ${limitA} A (${limit.en}), ${share.en}, for ${minutes} min${note.en}. ${trip.en}${advice.en}`,
  };
}

function tripText({ breakerA, sharePercent, tripEarliestS, tripLatestS }: OverloadEvidence): Text {
  // Within its limit nobody waits for it.
  if (sharePercent < 100) return { zh: '', en: '' };
  if (breakerA === undefined) {
    return {
      zh: '断路器没有登记，何时跳闸不明。',
      en: 'Its breaker was not surveyed: when it trips is unknown. ',
    };
  }
  if (tripEarliestS === undefined) {
    return {
      zh: '断路器在此电流下可能一直不跳闸。',
      en: 'At this current the breaker may never trip. ',
    };
  }
  const from = {
    zh: minutesOf(tripEarliestS, '分钟', '秒'),
    en: minutesOf(tripEarliestS, ' min', ' s'),
  };
  if (tripLatestS === undefined) {
    return {
      zh: `断路器最早${from.zh}后跳闸，也可能不跳。`,
      en: `The breaker trips after ${from.en} at the earliest, perhaps never. `,
    };
  }
  return {
    zh: `断路器预计${from.zh}至${minutesOf(tripLatestS, '分钟', '秒')}内跳闸。`,
    en: `The breaker trips within ${from.en} to ${minutesOf(tripLatestS, ' min', ' s')}. `,
  };
}

const minutesOf = (seconds: number, minute: string, second: string): string =>
  seconds < 90 ? `${Math.round(seconds)}${second}` : `${Math.round(seconds / 60)}${minute}`;

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toSeptets } from '../../drivers/sms/gsm7.ts';
import { segmentCount } from '../../drivers/sms/user-data.ts';
import { markedAgain, messageText, smsText } from './messages.ts';
import { type MessageId, templates } from './templates.ts';

const ids = Object.keys(templates) as MessageId[];

/** Every variable as long as it may be, and beyond. */
const extremes = {
  b: '一二三四五六七八九十村委会大楼',
  k: '配电箱温度传感器',
  d: '东南西北',
  s: '栏杆不动作了很久',
  w: '12号值班',
  a: 9999.96,
  p: 999.94,
  m: 9999,
  t: '23:59',
  u: '07:00',
  n: 999,
  c: 999,
  v: 99_999,
  h: 999,
  e: '12-31',
  id: 'A170',
};

const septetsOf = (text: string) => toSeptets(text)?.flat().length;

const values = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom<string | number | undefined>(
    undefined,
    '',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e21,
    1e-9,
    '【假】→★',
    'https://x.cn',
    '{b}[x]',
    '🔥🔥🔥🔥',
  ),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
);
const variables = fc.dictionary(fc.constantFrom(...Object.keys(extremes)), values);

for (const id of ids) {
  test(`${id} stays within its limits at the longest values, in both languages`, () => {
    const zh = messageText(id, extremes, 'zh-CN');
    const en = messageText(id, extremes, 'en');
    expect(zh.length).toBeLessThanOrEqual(templates[id].maxZh);
    expect(septetsOf(`Duxiang: ${en}`)).toBeLessThanOrEqual(templates[id].maxEn);
    // A signature of ten characters still leaves one segment.
    const sent = smsText(zh, {
      signature: '十个字的签名杜巷小区',
      language: 'zh-CN',
      wantsReply: true,
    });
    expect(segmentCount(sent)).toBe(1);
    expect(segmentCount(markedAgain(sent))).toBe(1);
  });

  test(`${id} says nothing wrong whatever the values are`, () => {
    fc.assert(
      fc.property(variables, fc.constantFrom('zh-CN', 'en', 'fr'), (given, language) => {
        const text = messageText(id, given, language);
        expect(text).not.toMatch(/NaN|undefined|null|Infinity|[【】→←★※{}[\]]|\de[+-]?\d|https?:/);
        expect(text.length).toBeGreaterThan(5);
        const { maxZh, maxEn } = templates[id];
        if (language === 'en') expect(septetsOf(text)).toBeLessThanOrEqual(maxEn - 9);
        else expect(text.length).toBeLessThanOrEqual(maxZh);
      }),
    );
  });

  test(`${id} has no two variables side by side`, () => {
    for (const text of [templates[id].zh, templates[id].en]) {
      expect(text.replace(/[[\]]/g, '')).not.toMatch(/\}\{/);
    }
  });
}

test('the critical overload text is that of the table, word for word', () => {
  const given = { b: '12号楼', a: 48.24, p: 101, id: 'A17' };
  expect(messageText('load.overload.critical', given, 'zh-CN')).toBe(
    '紧急：12号楼用电48.2安，达额定101%，有起火危险，请立即到场断开大功率电器，见烟火拨119。编号A17',
  );
  expect(messageText('load.overload.critical', given, 'en')).toBe(
    'URGENT Bldg 12: 48.2 A = 101% of rating, fire risk. Go now, unplug heavy loads; call 119 on smoke. Ref A17',
  );
});

test('a missing figure takes its words with it', () => {
  expect(messageText('load.overload.minor', { b: '3号楼', p: 92, id: 'B20' }, 'zh-CN')).toBe(
    '3号楼用电，达额定92%，请提醒错峰用电。编号B20',
  );
  expect(messageText('device.offline', { k: '17号楼' }, 'zh-CN')).toBe(
    '17号楼离线，该处监测暂停，请检查供电和网络。',
  );
  expect(messageText('device.offline', { k: '17号楼', m: 99_999 }, 'zh-CN')).not.toContain('分钟');
});

test('the request for a reply is there only where it fits', () => {
  const options = { signature: '杜巷小区', language: 'zh-CN', wantsReply: true };
  const short = messageText('load.lost', { b: '3号楼', t: '02:03', id: 'A17' }, 'zh-CN');
  expect(smsText(short, options)).toBe(`【杜巷小区】${short} 回1收到`);
  const long = messageText(
    'load.overload.critical',
    { ...extremes, a: 999.9, p: 101, id: 'A17' },
    'zh-CN',
  );
  const ten = { ...options, signature: '十个字的签名杜巷小区' };
  expect(smsText(long, ten)).toBe(`【十个字的签名杜巷小区】${long}`);
});

test('a message sent again says so', () => {
  expect(markedAgain('【杜巷小区】3号楼失电。 回1收到')).toBe(
    '【杜巷小区】(重发)3号楼失电。 回1收到',
  );
  expect(markedAgain('Duxiang: Bldg 3 lost power.')).toBe('(again) Duxiang: Bldg 3 lost power.');
});

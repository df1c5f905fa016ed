import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodePdu,
  encodeDeliver,
  encodeSms,
  encodeStatusReport,
  outcomeOf,
  tpduLength,
} from './pdu.ts';
import { encodeAddress } from './semi-octets.ts';
import { segmentCount } from './user-data.ts';
import { decodeValidity, encodeValidity } from './validity.ts';

const to = '+8613800138000';
const ten = '一二三四五六七八九十';
const v3 = '【杜巷自治】紧急：12号楼负荷48.2A，达额定96%已持续5分钟，请立即断开大功率电器。编号A17';
const v9 =
  '【杜巷自治】日报5月1日：告警7条，紧急1条，均已确认；疑似违规充电3处，核实2处误报1处；早高峰最长等候6分钟；电表在线率99.4%，短信送达率100%。';
const full = { report: true, validityMin: 24 * 60 };

/** The vectors of the project's SMS reference, built by hand from 3GPP TS 23.040. */
const vectors = [
  {
    name: 'V1 national number',
    message: { to: '13800138000', text: '测试' },
    pdus: [['0001000B813108108300F00008046D4B8BD5', 17]],
  },
  {
    name: 'V2 international number',
    message: { to, text: '测试' },
    pdus: [['0001000D91683108108300F00008046D4B8BD5', 18]],
  },
  {
    name: 'V3 critical alert with report and validity',
    message: { to, text: v3, ...full },
    pdus: [
      [
        '0031000D91683108108300F00008A7643010675C5DF781EA6CBB30117D276025FF1A0031003253F7697C8D1F837700340038002E00320041FF0C8FBE989D5B9A0039003600255DF263017EED00355206949FFF0C8BF77ACB537365AD5F005927529F73877535566830027F1653F7004100310037',
        115,
      ],
    ],
  },
  {
    name: 'V4 exactly 70 units',
    message: { to, text: `【杜巷自治】${ten.repeat(6)}一二三四` },
    pdus: [
      [
        '0001000D91683108108300F000088C3010675C5DF781EA6CBB30114E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB',
        154,
      ],
    ],
  },
  {
    name: 'V5 71 units in two parts',
    message: { to, text: `【杜巷自治】${ten.repeat(6)}一二三四五`, reference: 0x42, ...full },
    pdus: [
      [
        '0071000D91683108108300F00008A78C0500034202013010675C5DF781EA6CBB30114E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E00',
        155,
      ],
      ['0071000D91683108108300F00008A70E0500034202024E8C4E0956DB4E94', 29],
    ],
  },
  {
    name: 'V6 GSM 7-bit',
    message: { to, text: 'hellohello' },
    pdus: [['0001000D91683108108300F000000AE8329BFD4697D9EC37', 23]],
  },
  {
    name: 'V7 GSM 7-bit with escaped characters',
    message: { to, text: 'ALERT B12 overload 48.2A 96% [A17]' },
    pdus: [
      [
        '0001000D91683108108300F00000244166514A05096332D0DB5E96B3DF6132888673C982A09CAD04DAF082B1DBC607',
        46,
      ],
    ],
  },
  {
    name: 'V8 a surrogate pair at the cut',
    message: { to, text: `${ten.repeat(6)}一二三四五六🔥请注意`, reference: 7 },
    pdus: [
      [
        '0041000D91683108108300F000088A0500030702014E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D4E03516B4E5D53414E004E8C4E0956DB4E94516D',
        152,
      ],
      ['0041000D91683108108300F0000810050003070202D83DDD258BF76CE8610F', 30],
    ],
  },
  {
    name: 'V9 daily report',
    message: { to, text: v9, reference: 0x2a, ...full },
    pdus: [
      [
        '0071000D91683108108300F00008A78C0500032A02013010675C5DF781EA6CBB301165E562A500356708003165E5FF1A544A8B6600376761FF0C7D27602500316761FF0C57475DF2786E8BA4FF1B75914F3C8FDD89C45145753500335904FF0C68385B9E003259048BEF62A500315904FF1B65E99AD85CF06700957F7B49501900365206949FFF1B7535886857287EBF738700390039002E00340025',
        155,
      ],
      [
        '0071000D91683108108300F00008A71C0500032A0202FF0C77ED4FE190018FBE738700310030003000253002',
        43,
      ],
    ],
  },
] as const;

for (const { name, message, pdus } of vectors) {
  test(`${name} is encoded as the reference says, and read back`, () => {
    const encoded = encodeSms(message);
    expect(encoded.map((pdu) => [pdu, tpduLength(pdu)])).toEqual(pdus);
    const decoded = encoded.map(decodePdu);
    expect(decoded.map(({ text }) => text).join('')).toBe(message.text);
    for (const [index, part] of decoded.entries()) {
      expect(part).toMatchObject({ type: 'submit', number: message.to });
      if (encoded.length > 1) {
        expect(part).toMatchObject({ part: index + 1, parts: encoded.length });
        expect(part.reference).toBe('reference' in message ? message.reference : 0);
      }
      if ('report' in message) expect(part).toMatchObject({ report: true, validityMin: 1440 });
    }
  });
}

const centre = '+8613010112500';
const utc = (text: string) => Date.parse(`${text}+08:00`);

test('D1 and D2: replies in both codings are read and written', () => {
  const atMs = utc('2026-05-02T02:04:10');
  const d1 = '0891683110102105F0040D91683108108300F00000625020204001230131';
  const d2 = '0891683110102105F0040D91683108108300F00008625020204001230A65365230004100310037';
  expect(tpduLength(d1)).toBe(21);
  expect(decodePdu(d1)).toMatchObject({ type: 'deliver', number: to, text: '1', atMs });
  expect(decodePdu(d2)).toMatchObject({ type: 'deliver', number: to, text: '收到A17', atMs });
  const inbound = (text: string) => encodeDeliver({ from: to, text, atMs, centre });
  expect([inbound('1'), inbound('收到A17')]).toEqual([d1, d2]);
});

test('S1 and S2: status reports are read and written', () => {
  const s1 = '0891683110102105F0062A0D91683108108300F0625020203050236250202030902300';
  const s2 = '0891683110102105F0062B0D91683108108300F0625020203050236250202030902346';
  const sentAtMs = utc('2026-05-02T02:03:05');
  const atMs = utc('2026-05-02T02:03:09');
  expect(tpduLength(s1)).toBe(26);
  expect(decodePdu(s1)).toEqual({
    type: 'status-report',
    number: to,
    reference: 0x2a,
    sentAtMs,
    atMs,
    status: 0,
    outcome: 'delivered',
  });
  expect(decodePdu(s2)).toMatchObject({ reference: 0x2b, status: 0x46, outcome: 'failed' });
  const report = (reference: number, status: number) =>
    encodeStatusReport({ reference, to, sentAtMs, atMs, status, centre });
  expect([report(0x2a, 0), report(0x2b, 0x46)]).toEqual([s1, s2]);
});

test('the segment table holds in both codings', () => {
  const ucs2 = [69, 70, 71, 134, 135, 201, 202].map((n) => segmentCount('楼'.repeat(n)));
  const gsm7 = [160, 161, 306, 307].map((n) => segmentCount('a'.repeat(n)));
  expect(ucs2).toEqual([1, 1, 2, 2, 3, 3, 4]);
  expect(gsm7).toEqual([1, 2, 2, 3]);
});

test('addresses of three kinds are written as the reference says', () => {
  const address = (number: string) =>
    Buffer.from(encodeAddress(number)).toString('hex').toUpperCase();
  expect(address('+8613800138000')).toBe('0D91683108108300F0');
  expect(address('13800138000')).toBe('0B813108108300F0');
  expect(address('10086')).toBe('05810180F6');
  expect(() => encodeAddress('+86 老王')).toThrow('Not a telephone number: 3 to 20 digits');
});

test('validity has its four steps', () => {
  expect([5, 60, 720, 1440, 2880, 43_200].map(encodeValidity)).toEqual([
    0, 0x0b, 143, 0xa7, 168, 196,
  ]);
  for (let octet = 0; octet < 256; octet += 1) {
    expect(encodeValidity(decodeValidity(octet))).toBe(octet);
  }
});

test('a status belongs to one of five outcomes', () => {
  expect([0, 1, 2, 0x20, 0x25, 0x40, 0x49, 0x60, 0x65].map(outcomeOf)).toEqual([
    'delivered',
    'unconfirmed',
    'delivered',
    'trying',
    'trying',
    'failed',
    'failed',
    'stopped',
    'stopped',
  ]);
});

test('any text comes back as it went, however it is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
      const parts = encodeSms({ to, text, reference: 9 }).map(decodePdu);
      expect(parts.map((part) => part.text).join('')).toBe(text);
      for (const { text: part = '' } of parts) {
        // Half a surrogate pair cannot be written as a URI.
        expect(() => encodeURIComponent(part)).not.toThrow();
      }
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', '[', '€', '@', '\n'), { maxLength: 400 }), (all) => {
      const text = all.join('');
      const pdus = encodeSms({ to, text });
      expect(Math.max(...pdus.map(tpduLength))).toBeLessThanOrEqual(154);
      expect(pdus.map((pdu) => decodePdu(pdu).text).join('')).toBe(text);
    }),
  );
});

test('a PDU that is cut short or is none is refused, never guessed at', () => {
  const whole = '0891683110102105F0040D91683108108300F00008625020204001230A65365230004100310037';
  for (let end = 0; end < whole.length; end += 1) {
    expect(() => decodePdu(whole.slice(0, end))).toThrow();
  }
  expect(() => decodePdu('hello')).toThrow('not hex');
});

test('random octets are read or refused with a reason', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
      try {
        decodePdu(Buffer.from(octets).toString('hex'));
      } catch (error) {
        expect((error as Error).name).toBe('CodecError');
      }
    }),
  );
});

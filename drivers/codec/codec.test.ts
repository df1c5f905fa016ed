import { expect, test } from 'vitest';
import { countDropped, isMinor, pick } from './allow-list.ts';
import { counterOf, dailyEvent } from './event.ts';
import { formFields } from './form.ts';
import { inputReadings, levelsOf } from './inputs.ts';
import { jsonObject, number, string } from './json.ts';
import { isMultipart, multipart, toMultipart } from './multipart.ts';
import { plateOf } from './plate.ts';
import { base64Text, gbkBytes, textOf, toBase64, utf8 } from './text.ts';
import { compactMs, isoMs, localText, zonedText } from './when.ts';
import { xmlBytes, xmlDocument } from './xml.ts';

const moment = 1773618130000;

test('a plate is what is printed: no NUL, dot, space, full width, colour, I or O', () => {
  const plates: ReadonlyArray<readonly [string, string | undefined]> = [
    ['浙A8T3K6', '浙A8T3K6'],
    ['浙A·8T3K6', '浙A8T3K6'],
    ['浙A 8T3K6\0', '浙A8T3K6'],
    ['浙Ａ８Ｔ３Ｋ６', '浙A8T3K6'],
    ['浙a8t3k6', '浙A8T3K6'],
    ['蓝皖A7XG66', '皖A7XG66'],
    ['黑A12345', '黑A12345'],
    ['黑黑A12345', '黑A12345'],
    ['绿浙AD12345', '浙AD12345'],
    ['浙AOI234', '浙A01234'],
    ['浙O12345', '浙O12345'],
    ['粤Z1234港', '粤Z1234港'],
    ['WJ粤12345', 'WJ粤12345'],
  ];
  for (const [raw, plate] of plates) expect(plateOf(raw), raw).toBe(plate);
  for (const none of ['_无_', '无牌车', 'null', 'NULL', '', ' ', 'unknown', '\0']) {
    expect(plateOf(none), none).toBeUndefined();
  }
});

test('base64 is decoded only where it is base64 of a text', () => {
  expect(base64Text('5rWZQThUM0s2')).toBe('浙A8T3K6');
  expect(base64Text('5rWZQUQxMjM0NQA=')).toBe('浙AD12345');
  expect(base64Text(toBase64('_无_'))).toBe('_无_');
  for (const plain of ['浙A8T3K6', 'A8T3K6', 'WJ12345A', '']) expect(base64Text(plain)).toBeNull();
});

test('bytes are UTF-8 where they can be, else GB18030', () => {
  expect(textOf(utf8('浙A8T3K6'))).toBe('浙A8T3K6');
  expect(textOf(gbkBytes('浙A8T3K6'))).toBe('浙A8T3K6');
});

test('numbers may be texts, texts may be numbers; nothing else becomes either', () => {
  expect([number('93.000000'), number(' 1 '), number(-2)]).toEqual([93, 1, -2]);
  for (const none of ['', '1e3', '0x1', 'NaN', null, true, [], {}, Number.NaN]) {
    expect(number(none)).toBeUndefined();
  }
  expect([string(490805), string(' a\0'), string(' '), string(null)]).toEqual([
    '490805',
    'a',
    undefined,
    undefined,
  ]);
  expect(() => jsonObject(utf8('[1]'))).toThrow('Not a JSON object');
});

test('every form of time is the same moment', () => {
  expect(isoMs('2026-03-16T07:42:10+08:00', 0)).toBe(moment);
  expect(isoMs('2026-03-15T23:42:10.606935Z', 480)).toBe(moment + 606);
  expect(isoMs('2026-03-16 07:42:10.606935+0800', 0)).toBe(moment + 606);
  expect(isoMs('2026-03-16T07:42:10', 480)).toBe(moment);
  expect(compactMs('20260316074210', 480)).toBe(moment);
  expect(compactMs('20260316074210120', 480)).toBe(moment + 120);
  expect(localText(moment, 480)).toBe('2026-03-16 07:42:10');
  expect(zonedText(moment, 480)).toBe('2026-03-16T07:42:10+08:00');
  expect(zonedText(moment, -210)).toBe('2026-03-15T20:12:10-03:30');
  for (const none of ['yesterday', '2026-03-16', '2026-99-99T99:99:99Z']) {
    expect(isoMs(none, 480)).toBeNull();
  }
});

test('a counter carries its day, any other id stays as it is', () => {
  expect(dailyEvent('490805', moment, 480)).toBe('490805@20260316');
  // 23:42 in London is the next morning at the gate.
  expect(dailyEvent('7', moment, 0)).toBe('7@20260315');
  expect(dailyEvent('a-7', moment, 480, 'snap-')).toBe('a-7');
  expect(counterOf(dailyEvent('946', moment, 480, 'snap-'), 'snap-')).toBe('946');
  expect(counterOf('a-7')).toBe('a-7');
});

test('a multipart body is cut at its boundary, whatever the lengths say', () => {
  const parts = [
    { type: 'application/xml', name: 'anpr.xml', body: utf8('<a/>') },
    { type: 'image/jpeg', name: 'a.jpg', body: Uint8Array.of(0xff, 0xd8, 0, 0x0d, 0x0a, 0xd9) },
  ];
  const body = toMultipart('xyz', parts);
  expect(isMultipart(body)).toBe(true);
  expect(
    multipart(body, 'multipart/form-data; boundary=xyz').map((part) => [...part.body]),
  ).toEqual(parts.map((part) => [...part.body]));
  const wrong = Buffer.from(
    Buffer.from(body)
      .toString('latin1')
      .replace(/Length: \d+/g, 'Length: 1'),
    'latin1',
  );
  expect(multipart(wrong)).toHaveLength(2);
  expect(isMultipart(utf8('{"a":1}'))).toBe(false);
});

test('XML is whole and without entities of its own, or it is refused', () => {
  const bytes = xmlBytes('A', { b: '<浙&>', c: { d: 1 }, e: undefined });
  expect(xmlDocument(bytes)).toEqual({ root: 'A', content: { b: '<浙&>', c: { d: '1' } } });
  expect(() => xmlDocument(bytes.subarray(0, bytes.length - 5))).toThrow('Not XML');
  expect(() => xmlDocument(utf8('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'))).toThrow('entities');
});

test('a form is read in UTF-8 and in GBK, bad escapes and all', () => {
  expect(formFields(utf8('a=%E6%B5%99&b=%D5%E3A&c=%zz&d=1+2&d')).get('a')).toBe('浙');
  expect(formFields(utf8('b=%D5%E3A')).get('b')).toBe('浙A');
  expect(formFields(utf8('c=%zz&d=1+2')).get('d')).toBe('1 2');
});

test('only what is on the list passes, and only plain values; the rest is counted', () => {
  const memory = {};
  const source = JSON.parse(
    '{"a":1,"b":{"c":"x","d":2},"e":[{"c":1},{"z":1},5],"__proto__":{"p":1},"constructor":1,"long":"' +
      'x'.repeat(200) +
      '"}',
  );
  const picked = pick(source, { a: true, b: { c: true }, e: { c: true }, long: true }, memory);
  expect(JSON.parse(JSON.stringify(picked))).toEqual({ a: 1, b: { c: 'x' }, e: [{ c: 1 }, {}] });
  expect(memory).toEqual({ dropped: 5 });
  countDropped(memory, 2);
  expect(memory).toEqual({ dropped: 7 });
});

test('a child is one by flag, by age group or by an age below 14; 0 is not measured', () => {
  for (const child of [
    { isMinor: 1 },
    { a: { minor: 'true' } },
    { faces: [{ ageGroup: 'child' }] },
    { Age: 13 },
  ]) {
    expect(isMinor(child)).toBe(true);
  }
  for (const other of [{ isMinor: 0 }, { Age: 0 }, { age: 14 }, { ageGroup: 'middle' }, {}]) {
    expect(isMinor(other)).toBe(false);
  }
});

test('inputs say presence, or together where the arm is, and back', () => {
  const wiring = { 0: 'loop', 2: 'open-limit', 3: 'closed-limit' };
  const at = { device: 'd', lane: 'l', atMs: moment };
  const memory = {};
  const read = (...levels: (readonly [number, boolean])[]) =>
    inputReadings(levels, wiring, at, memory).map((one) =>
      one.kind === 'barrier' ? one.state : one.kind === 'presence' ? one.input : one.kind,
    );
  expect(read([0, true], [7, true])).toEqual(['loop', 'in7']);
  expect([...read([3, true]), ...read([3, false]), ...read([2, true])]).toEqual([
    'closed',
    'moving',
    'open',
  ]);
  expect(levelsOf({ ...at, kind: 'barrier', state: 'closed' }, wiring)).toEqual([
    [2, false],
    [3, true],
  ]);
  expect(() =>
    levelsOf({ ...at, kind: 'presence', input: 'door', occupied: true }, wiring),
  ).toThrow('not wired');
});

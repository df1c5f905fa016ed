import { expect, test } from 'vitest';
import { CodecError, type Driver } from './driver.ts';
import { drivers } from './index.ts';
import { maxReadingsPerMessage, Reading } from './reading.ts';

/** As long as a message may be on MQTT after log-in, bytes; what is pushed over HTTP is cut to 256 KB before. */
const longest = 64 * 1024;
const text = (content: string) => new TextEncoder().encode(content);
const power = (more: string) => `{"atMs":1773618130000,"powerW":1${more}}`;

/** What a fool, a broken device or somebody with intent may send. */
const abuse: readonly (readonly [what: string, body: Uint8Array])[] = [
  ['arrays as deep as fit', text('['.repeat(longest / 2) + ']'.repeat(longest / 2))],
  ['objects as deep as fit', text('{"a":'.repeat(longest / 6) + '1' + '}'.repeat(longest / 6))],
  ['brackets that never close', text('['.repeat(longest))],
  ['many keys', text(`{${Array.from({ length: 7000 }, (_, i) => `"k${i}":1`).join(',')}}`)],
  ['the same key twice', text(power(',"powerW":2'))],
  ['one long string', text(`"${'x'.repeat(longest - 2)}"`)],
  ['a long string in a field', text(power(`,"device":"${'x'.repeat(60_000)}"`))],
  ['a mark of byte order', text(`\ufeff${power('')}`)],
  ['not a number', text('{"powerW":NaN}')],
  ['an infinite number', text(power(',"energyWh":1e400'))],
  ['a number beyond whole numbers', text('{"atMs":9007199254740993,"powerW":1}')],
  ['minus nothing', text('{"atMs":-0,"powerW":-0}')],
  ['a prototype', text(power(',"__proto__":{"polluted":1}'))],
  ['a constructor', text(power(',"constructor":{"prototype":{"polluted":1}}'))],
  ['half of a pair', text(power(',"device":"\\ud800"'))],
  ['a zero byte', text(power(',"device":"a\\u0000b"'))],
  ['bytes that are no text', Buffer.from('ff'.repeat(200), 'hex')],
  ['nothing but zeros', new Uint8Array(longest)],
  ['nothing', new Uint8Array(0)],
  ['XML that feeds on itself', text(xmlBomb())],
  ['XML from a file', text('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')],
  ['XML as deep as fits', text('<a>'.repeat(8000) + '</a>'.repeat(8000))],
  ['a form without end', text('a=1&'.repeat(longest / 4))],
  ['percent signs', text('%'.repeat(longest))],
  ['parts without end', text('--x\r\n\r\n'.repeat(longest / 8))],
];

function xmlBomb(): string {
  const entities = Array.from(
    { length: 9 },
    (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
  ).join('');
  return `<!DOCTYPE b [<!ENTITY e0 "ha">${entities}]><b>&e9;</b>`;
}

/** The longest that any of it may take, ms: generous, since all it must show is that nothing explodes. */
const tooLongMs = 2000;
const arrival = {
  device: 'd-1',
  atMs: 1773618130500,
  lane: 'lane-1',
  direction: 'in',
} as const;

for (const driver of drivers) {
  test(`${driver.id} takes abuse for what it is`, () => {
    for (const contentType of [undefined, 'application/xml', 'multipart/form-data; boundary=x']) {
      for (const options of optionsOf(driver)) {
        for (const [what, body] of abuse) {
          const beganMs = performance.now();
          const message = { body, ...(contentType === undefined ? {} : { contentType }) };
          for (const reading of readOrRefused(driver, message, options, what)) {
            expect(Reading.parse(reading), what).toEqual(reading);
          }
          expect(performance.now() - beganMs, what).toBeLessThan(tooLongMs);
        }
      }
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
}

/** The plain options where they suffice, and those of the first sample. */
function optionsOf(driver: Driver): unknown[] {
  const plain = driver.options.safeParse({});
  if (plain.success) return [plain.data];
  return driver.samples.slice(0, 1).map(({ options }) => driver.options.parse(options ?? {}));
}

function readOrRefused(
  driver: Driver,
  message: Parameters<Driver['decode']>[0],
  options: unknown,
  what: string,
): readonly Reading[] {
  try {
    const readings = driver.decode(message, options, arrival, {});
    expect(readings.length, what).toBeLessThanOrEqual(maxReadingsPerMessage);
    return readings;
  } catch (error) {
    expect(error, what).toBeInstanceOf(CodecError);
    return [];
  }
}

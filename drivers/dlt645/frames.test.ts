import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodecError } from '../driver.ts';
import { answersOf } from './answers.ts';
import { mostSteps, readBcd, writeBcd } from './bcd.ts';
import {
  answersTo,
  encodeFrame,
  type Frame,
  identifierOf,
  isAnswer,
  isRefusal,
  maxDataBytes,
  question,
  questionForMore,
  refusalText,
  scanFrames,
} from './frame.ts';
import { itemOf, items, readItem, writeItem } from './items.ts';

interface Published {
  readonly name: string;
  readonly hex: string;
  readonly checksum_valid: boolean;
  readonly direction: string;
  readonly decoded: {
    readonly control: string;
    readonly address?: string;
    readonly di?: string;
    readonly value?: number;
    readonly values?: readonly (number | null)[];
    readonly unit?: string;
    readonly error_byte?: string;
  } | null;
}

const path = fileURLToPath(new URL('../samples/power/frames/dlt645.json', import.meta.url));
const published: readonly Published[] = JSON.parse(readFileSync(path, 'utf8')).frames;
const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
/** The file speaks kW and kWh, readings speak W and Wh. */
const toSi = (value: number, unit = '') =>
  unit.startsWith('k') ? Math.round(value * 1e7) / 1e4 : value;

test('forty frames, published and composed, are there', () => {
  expect(published).toHaveLength(40);
});

for (const { name, hex, checksum_valid: valid, direction, decoded } of published) {
  test(`frame ${name}`, () => {
    const { frames, trouble } = scanFrames(bytesOf(hex));
    if (!decoded) {
      expect(frames).toEqual([]);
      expect(trouble).toBe(valid ? null : /truncated/.test(name) ? 'cut short' : 'wrong checksum');
      return;
    }
    expect(frames).toHaveLength(1);
    const [frame] = frames as [Frame];
    expect(frame.control).toBe(Number.parseInt(decoded.control, 16));
    if (decoded.address) expect(frame.address).toBe(decoded.address);
    expect(isAnswer(frame)).toBe(direction.startsWith('meter'));
    const wakeUp = (/^(FE )*/.exec(hex)?.[0].length ?? 0) / 3;
    if (!name.startsWith('noise')) {
      expect(Buffer.from(encodeFrame(frame, wakeUp))).toEqual(bytesOf(hex));
    }
    if (decoded.error_byte) {
      expect(isRefusal(frame)).toBe(true);
      expect(refusalText(frame)).toContain(decoded.error_byte);
      return;
    }
    if (decoded.di) {
      const size = decoded.di.length / 2;
      expect(identifierOf(frame.data.subarray(0, size))).toBe(decoded.di);
      const values = decoded.values ?? (decoded.value === undefined ? [] : [decoded.value]);
      const item = itemOf(decoded.di);
      if (!item && decoded.value !== undefined) {
        // The combined energy is not what a reading means by imported; its digits are read all the same.
        expect(readBcd(frame.data.subarray(size), { signed: true })).toBe(decoded.value * 100);
      }
      if (values.length === 0 || !item) return;
      const si = values.map((value) => (value === null ? null : toSi(value, decoded.unit)));
      expect(readItem(item, frame.data.subarray(size))).toEqual(si);
    }
  });
}

const address = fc.stringMatching(/^[0-9]{12}$/);
const frame: fc.Arbitrary<Frame> = fc.record({
  address,
  control: fc.nat(255),
  data: fc.uint8Array({ maxLength: maxDataBytes }),
});
const noise = fc.uint8Array({ maxLength: 30 });

test('what is encoded is decoded again, whatever the frame and however many wake-up bytes', () => {
  fc.assert(
    fc.property(frame, fc.nat(4), (one, wakeUp) => {
      const bytes = encodeFrame(one, wakeUp);
      expect(scanFrames(bytes)).toEqual({ frames: [one], trouble: null, end: bytes.length });
    }),
  );
});

test('a frame is found behind any noise that is no frame, and before any', () => {
  const quiet = noise.filter((bytes) => !bytes.includes(0x68));
  fc.assert(
    fc.property(frame, quiet, noise, (one, before, after) => {
      const line = Uint8Array.from([...before, ...encodeFrame(one, 4), ...after]);
      expect(scanFrames(line).frames[0]).toEqual(one);
    }),
  );
});

test('one flipped bit is never taken for the same frame, nor for another', () => {
  fc.assert(
    fc.property(frame, fc.nat(), fc.nat(7), (one, where, bit) => {
      const bytes = encodeFrame(one);
      const at = where % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      const { frames } = scanFrames(bytes);
      expect(frames).not.toContainEqual(one);
      // What stands inside its data may by chance look like a frame; it is shorter, and of nobody that was asked.
      for (const other of frames) expect(other.data.length).toBeLessThan(one.data.length);
    }),
    { numRuns: 500 },
  );
});

test('numbers come back from their digits, signs and all, and what does not fit is refused', () => {
  const format = fc.record({ bytes: fc.integer({ min: 1, max: 4 }), signed: fc.boolean() });
  fc.assert(
    fc.property(format, fc.double({ min: -1, max: 1, noNaN: true }), (of, share) => {
      const steps = Math.trunc(share * mostSteps(of));
      if (steps < 0 && !of.signed) {
        expect(() => writeBcd(steps, of)).toThrow(CodecError);
        return;
      }
      expect(readBcd(writeBcd(steps, of), of)).toBe(steps === 0 ? 0 : steps);
    }),
  );
  expect(() => writeBcd(800_000, { bytes: 3, signed: true })).toThrow(CodecError);
  expect(readBcd(Uint8Array.from([0xff, 0xff]), { signed: false })).toBeNull();
  expect(() => readBcd(Uint8Array.from([0xff, 0x12]), { signed: false })).toThrow(CodecError);
});

test('every item says again what it was told, to its digits, and FF where nothing is known', () => {
  const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }));
  const some = fc
    .constantFrom(...items)
    .chain((item) =>
      fc.tuple(
        fc.constant(item),
        fc.array(share, { minLength: item.slots.length, maxLength: item.slots.length }),
        fc.boolean(),
      ),
    );
  fc.assert(
    fc.property(some, ([item, shares, minus]) => {
      const [times, over] = item.step;
      const values = shares.map((one) => {
        if (one === null) return null;
        const steps = Math.floor(one * mostSteps(item)) * (minus && item.signed ? -1 : 1);
        return (steps * times) / over + 0;
      });
      expect(readItem(item, writeItem(item, values))).toEqual(values);
    }),
    { numRuns: 1000 },
  );
});

test('parts of a long answer are joined in their order, and nothing but the right part is taken', () => {
  const part = (control: number, bytes: readonly number[], from = '000000000001'): Frame => ({
    address: from,
    control,
    data: Uint8Array.from([...question(from, '0203FF00').data, ...bytes]),
  });
  const first = part(0xb1, [1, 2, 3]);
  const [answer] = answersOf([first, part(0xb2, [4, 5, 1]), part(0x92, [6, 2])]);
  expect(answer?.said).toEqual({
    kind: 'data',
    identifier: '0203FF00',
    data: Uint8Array.from([1, 2, 3, 4, 5, 6]),
  });
  expect(questionForMore('000000000001', '0203FF00', 2).data).toEqual(
    Uint8Array.from([0x00, 0xff, 0x03, 0x02, 2]),
  );
  const broken: readonly (readonly Frame[])[] = [
    [first],
    [first, part(0x92, [4, 2])],
    [first, part(0x92, [4, 1], '000000000002')],
    [part(0x92, [4, 1])],
    [first, first],
  ];
  for (const frames of broken) expect(() => answersOf(frames)).toThrow(CodecError);
});

test('a refusal is told in words', () => {
  const refused = (bits: number): string =>
    refusalText({ address: '000000000001', control: 0xd1, data: Uint8Array.from([bits]) });
  expect(refused(0b10)).toBe('refused: no such data');
  expect(refused(0b100)).toBe('refused: wrong password or not allowed');
  expect(refused(0)).toBe('refused, error 00H');
});

test('A in a question stands for any digit', () => {
  expect(answersTo('AAAAAAAAAA43', '003411001043')).toBe(true);
  expect(answersTo('AAAAAAAAAA44', '003411001043')).toBe(false);
});

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodecError } from '../driver.ts';
import { drivers } from '../index.ts';
import {
  type Answer,
  decodeAnswer,
  encodeAnswer,
  encodeQuestion,
  maxRegisters,
  questionOf,
  scanAnswers,
} from './frame.ts';
import { mapTrouble } from './map.ts';
import { type RegisterType, readNumber, wordsOf, writeNumber } from './registers.ts';
import { encodeTcpAnswer, maxTcpLength, nextTcp, withChecksum } from './tcp.ts';

interface Recorded {
  readonly name: string;
  readonly direction: string;
  readonly hex: string;
  readonly crc_valid: boolean;
}
const file = new URL('../samples/power/frames/modbus.json', import.meta.url);
const recorded: readonly Recorded[] = JSON.parse(readFileSync(file, 'utf8')).frames;
const bytesOf = ({ hex }: Recorded) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

for (const one of recorded) {
  test(`frame ${one.name}`, () => {
    const bytes = bytesOf(one);
    if (one.direction.startsWith('gateway')) {
      const question = questionOf(bytes);
      expect(question && Buffer.from(encodeQuestion(question))).toEqual(bytes);
    } else if (one.crc_valid) {
      expect(Buffer.from(encodeAnswer(decodeAnswer(bytes)))).toEqual(bytes);
    } else {
      expect(() => decodeAnswer(bytes)).toThrow('wrong checksum');
    }
  });
}

test('every recorded answer is told by a sample of its meter', () => {
  const told = new Set(
    drivers.flatMap(({ samples }) => samples.map(({ hex = '' }) => hex.replaceAll(' ', ''))),
  );
  const answers = recorded.filter(({ direction }) => direction.startsWith('meter'));
  const untold = answers.filter(({ hex }) => !told.has(hex.replaceAll(' ', '')));
  expect(untold.map(({ name }) => name)).toEqual([]);
  console.info(`${recorded.length} Modbus frames, ${answers.length} of them answers of meters`);
});

const answer: fc.Arbitrary<Answer> = fc.record({
  unitId: fc.integer({ min: 1, max: 247 }),
  code: fc.constantFrom(3 as const, 4 as const),
  registers: fc.array(fc.nat(0xffff), { minLength: 1, maxLength: maxRegisters }),
});

test('an answer is found among noise, after its own question, byte by byte', () => {
  fc.assert(
    fc.property(answer, fc.uint8Array({ maxLength: 6 }), (said, noise) => {
      if (!('registers' in said)) return;
      const { unitId, code, registers } = said;
      const question = encodeQuestion({ unitId, code, start: 0, count: registers.length });
      const whole = Buffer.concat([noise, question, encodeAnswer(said)]);
      const { frames, end } = scanAnswers(whole);
      expect(frames).toContainEqual(said);
      expect(end).toBeLessThanOrEqual(whole.length);
      expect(scanAnswers(whole.subarray(0, -1)).frames).not.toContainEqual(said);
    }),
  );
});

test('over TCP the same answer comes in any pieces', () => {
  fc.assert(
    fc.property(answer, fc.nat(0xffff), fc.nat(), (said, transaction, cut) => {
      const bytes = encodeTcpAnswer({ transaction, said });
      expect(bytes.length).toBeLessThanOrEqual(6 + maxTcpLength);
      expect(nextTcp(bytes.subarray(0, cut % bytes.length))).toBeNull();
      const next = nextTcp(Buffer.concat([bytes, Uint8Array.of(1, 2)]));
      expect(next).toMatchObject({ transaction, end: bytes.length });
      expect(decodeAnswer(withChecksum(next?.pdu ?? bytes))).toEqual(said);
    }),
  );
});

test('what is no Modbus TCP is not waited for', () => {
  expect(() => nextTcp(new TextEncoder().encode('HTTP/1.1 200 OK'))).toThrow(CodecError);
  expect(() => nextTcp(Uint8Array.of(0, 1, 0, 0, 0xff, 0xff))).toThrow(CodecError);
});

test('a number goes into its registers and comes out again, in either order of words', () => {
  const types = Object.keys(wordsOf) as RegisterType[];
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.nat(32_767), fc.boolean(), (type, value, low) => {
      const words = writeNumber(value, type, low);
      expect(words).toHaveLength(wordsOf[type]);
      expect(readNumber(words, type, low)).toBe(value);
    }),
  );
  expect(readNumber(writeNumber(-1812, 'int32'), 'int32')).toBe(-1812);
  expect(readNumber(writeNumber(null, 'float32'), 'float32')).toBeNull();
  expect(readNumber([0x7f80, 0], 'float32'), 'infinite').toBeNull();
  expect(() => writeNumber(null, 'uint16')).toThrow('cannot say');
  expect(() => writeNumber(70_000, 'uint16')).toThrow('no place');
  expect(() => readNumber([0x7fff, 0xffff, 0xffff, 0xffff], 'int64')).toThrow('no meter');
});

test('every meter asks for what its map holds, its power first, in answers of a size that is allowed', () => {
  const meters = drivers.filter(({ wire }) => wire === 'modbus');
  expect(meters.length).toBeGreaterThanOrEqual(10);
  for (const { id, polls, options } of meters) {
    const questions = polls?.(options.parse({})) ?? [];
    expect(questions.length, id).toBeGreaterThan(0);
    for (const poll of questions) {
      expect(poll.wire === 'modbus' && poll.count, id).toBeLessThanOrEqual(maxRegisters);
    }
  }
  const map = { code: 3, phases: 1, registers: [] } as const;
  expect(mapTrouble({ ...map, blocks: [{ start: 0, count: 2 }] }, maxRegisters)).toMatch('power');
});

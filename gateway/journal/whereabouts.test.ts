import { expect, test } from 'vitest';
import { createWhereabouts, maxGenerationBytes } from './whereabouts.ts';

const hourMs = 3_600_000;
function journey(lastSeq: number) {
  let nowMs = 0;
  const where = createWhereabouts(lastSeq, () => nowMs);
  return {
    where,
    add: (seq: number, ...numbers: number[]) =>
      where.add(seq, numbers.length, (i) => numbers[i] as number),
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

test('each group in which a device spoke is told once and in order, those of several devices together', () => {
  const { where, add } = journey(1000);
  add(1001, 1, 2, 2, 1);
  add(1002);
  add(1130, 2);
  add(1131, 1);
  add(90_000_000_000, 1, 3);
  expect(where.of([1], 0)).toEqual({ knownFrom: 1000, seqs: [1001, 1131, 90_000_000_000] });
  expect(where.of([1, 2, 4], 1001).seqs).toEqual([1130, 1131, 90_000_000_000]);
  expect(where.of([4], 0).seqs).toEqual([]);
});

test('any steps come back as they were', () => {
  const { where, add } = journey(0);
  const seqs: number[] = [];
  for (let seq = 1, step = 1; seqs.length < 2000; step = (step * 7) % 40_009) {
    seq += step;
    seqs.push(seq);
    add(seq, 5);
  }
  expect(where.of([5], 0).seqs).toEqual(seqs);
});

test('two hours are kept, and of what is older it is said that nothing is known', () => {
  const { where, add, pass } = journey(0);
  add(1, 1);
  pass(hourMs);
  add(2, 1);
  expect(where.of([1], 0)).toEqual({ knownFrom: 0, seqs: [1, 2] });
  pass(hourMs);
  add(3, 1);
  expect(where.of([1], 0)).toEqual({ knownFrom: 1, seqs: [2, 3] });
});

test('however much is said, no more is kept than two lots of it, and the newest is known', () => {
  const { where, add } = journey(0);
  const devices = Array.from({ length: 1000 }, (_, i) => i);
  let seq = 0;
  for (let bytes = 0; bytes < 3.5 * maxGenerationBytes; bytes += devices.length) {
    seq += 1;
    add(seq, ...devices);
  }
  const { knownFrom, seqs } = where.of([7], 0);
  expect(knownFrom).toBeGreaterThan(0);
  expect(seqs).toEqual(Array.from({ length: seq - knownFrom }, (_, i) => knownFrom + 1 + i));
  expect(seqs.length * devices.length).toBeLessThan(2.1 * maxGenerationBytes);
});

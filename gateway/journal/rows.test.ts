import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { addRow, clearRows, createRows, readingsOf, sift } from './rows.ts';

const reading = (i: number): PowerReading => ({
  kind: 'power',
  device: `m${i % 5}`,
  atMs: 1000 + i,
  powerW: i,
  ...(i % 2 === 0 ? { phases: [{ currentA: i / 10 }, { powerFactor: 0.5 }] } : {}),
  ...(i % 3 === 0 ? { energyWh: i * 7 } : {}),
});
const many = Array.from({ length: 1000 }, (_, i) => reading(i));
const filled = () => {
  const rows = createRows(4);
  for (const [i, one] of many.entries()) addRow(rows, i % 5, one);
  return rows;
};
const back = (rows: ReturnType<typeof filled>) => [...readingsOf(rows, (place) => `m${place}`)];

test('readings come back as they were put in, more of them than there was room for', () => {
  expect(back(filled())).toStrictEqual(many);
});

test('rows that are not wanted go with their figures, the others keep theirs and their order', () => {
  const rows = filled();
  expect(sift(rows, (place, atMs) => place !== 3 && atMs % 7 !== 0)).toBeGreaterThan(200);
  expect(back(rows)).toStrictEqual(
    many.filter(({ device, atMs }) => device !== 'm3' && atMs % 7 !== 0),
  );
  expect(sift(rows, () => true)).toBe(0);
  const left = rows.n;
  expect(sift(rows, () => false)).toBe(left);
  expect(back(rows)).toEqual([]);
});

test('what was emptied can be filled again', () => {
  const rows = filled();
  clearRows(rows);
  expect(back(rows)).toEqual([]);
  addRow(rows, 1, reading(1));
  expect(back(rows)).toStrictEqual([reading(1)]);
});

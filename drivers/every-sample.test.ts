import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Arrival, CodecError } from './driver.ts';
import { drivers } from './index.ts';
import type { Reading } from './reading.ts';

/** A captured or composed message: who says it, and what a table beside it says of its load. */
interface Row {
  readonly file: string;
  /** `nobody`: no device of the village may say it; what it carries must not pass. */
  readonly from: 'device' | 'box' | 'nobody';
  readonly expect?: Readonly<Record<string, number | boolean>>;
}

const folder = fileURLToPath(new URL('samples/', import.meta.url));
const rows: readonly Row[] = JSON.parse(readFileSync(`${folder}index.json`, 'utf8'));
const samples = drivers.flatMap((driver) => driver.samples.map((sample) => ({ driver, sample })));
const samplesOf = (file: string) => samples.filter(({ sample }) => sample.file === file);
const arrival: Arrival = { device: 'd-1', atMs: 1773618130500, lane: 'l-1', direction: 'in' };

test('every file of messages is in the table', () => {
  const listed = new Set(rows.map(({ file }) => file));
  const there = ['gate', 'face', 'power/mqtt'].flatMap((place) =>
    readdirSync(folder + place).map((name) => `${place}/${name}`),
  );
  expect(there.filter((file) => !listed.has(file))).toEqual(['gate/sequences.json']);
});

test('what a device says is read as the tables say', () => {
  const said = rows.filter(({ from }) => from !== 'box');
  expect(said.filter(({ file }) => samplesOf(file).length === 0)).toEqual([]);
  const withTable = said.filter((row) => row.expect);
  for (const { file, expect: table } of withTable) {
    const found = samplesOf(file).map(({ sample }) => sample);
    if (table?.refused === true) {
      expect(
        found.some(({ refused }) => refused !== undefined),
        file,
      ).toBe(true);
      continue;
    }
    const read = found.flatMap(({ readings }) => readings ?? []);
    if (read.length === 0 && table?.powerW === undefined) continue;
    expect(read, file).toContainEqual(expect.objectContaining(table));
  }
  // None may be lost unseen.
  expect([said.length, rows.length - said.length]).toEqual([115, 39]);
  expect(withTable.length).toBeGreaterThanOrEqual(19);
  console.info(
    `${said.length} messages of devices, ${withTable.length} of them held against a table; ${rows.length - said.length} of the box`,
  );
});

test('what a box says to devices is no event and no load, whoever repeats it', () => {
  const spoken = rows.filter(({ from }) => from === 'box');
  for (const { file } of spoken) {
    const body = readFileSync(folder + file);
    for (const driver of drivers) {
      const options = driver.options.safeParse({});
      if (!options.success) continue;
      const read = decoded(() => driver.decode({ body }, options.data, arrival, {}));
      // That somebody speaks at all is a heartbeat to some of them.
      expect(
        read.filter(({ kind }) => kind !== 'status'),
        `${driver.id}: ${file}`,
      ).toEqual([]);
    }
  }
});

function decoded(decode: () => readonly Reading[]): readonly Reading[] {
  try {
    return decode();
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return [];
  }
}

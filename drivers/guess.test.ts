import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Sample } from './driver.ts';
import { guessDrivers } from './guess.ts';
import { drivers } from './index.ts';

const bytesOf = ({ file, text, hex }: Sample): Uint8Array =>
  file !== undefined
    ? readFileSync(fileURLToPath(new URL(`samples/${file}`, import.meta.url)))
    : hex === undefined
      ? new TextEncoder().encode(text ?? '')
      : Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

test('what a device sent is mostly guessed, and its driver is the first that is named', () => {
  let [tried, named, first] = [0, 0, 0];
  for (const driver of drivers) {
    if (driver.wire !== 'mqtt' && driver.wire !== 'http') continue;
    for (const sample of driver.samples) {
      // Made for a device that needs settings: nobody could guess those.
      if (!sample.readings?.length || Object.keys(sample.options ?? {}).length > 0) continue;
      const { topic, contentType } = sample;
      const guesses = guessDrivers({
        body: bytesOf(sample),
        ...(topic === undefined ? {} : { topic }),
        ...(contentType === undefined ? {} : { contentType }),
      });
      tried += 1;
      if (guesses.includes(driver.id)) named += 1;
      if (guesses[0] === driver.id) first += 1;
    }
  }
  console.info(`of ${tried} messages ${named} were guessed, ${first} at once`);
  expect(named / tried).toBeGreaterThan(0.95);
  expect(first / tried).toBeGreaterThan(0.75);
});

test('what no driver reads is not guessed', () => {
  expect(guessDrivers({ topic: 'a/b', body: new TextEncoder().encode('{"hello":1}') })).toEqual([]);
});

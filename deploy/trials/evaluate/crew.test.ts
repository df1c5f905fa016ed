import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCrew, type Task } from './crew.ts';

/** A thread that runs this for each task. */
function worker(body: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-crew-')), 'worker.cjs');
  writeFileSync(
    file,
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', (task) => { ${body} });`,
  );
  return file;
}

const tasks = (count: number): Task[] =>
  Array.from({ length: count }, (_, seed) => {
    return { place: 'house', season: 'mild', seed, days: 1, habits: { charges: 1 } };
  });

test('houses come in the order of their tasks, whichever thread was quicker, and each is seen once', async () => {
  // Every third takes longer.
  const answer =
    'setTimeout(() => parentPort.postMessage(task.seed), task.seed % 3 === 0 ? 30 : 1)';
  const crew = startCrew(2, worker(answer));
  let seen = 0;
  const houses: readonly unknown[] = await crew.judge(tasks(10), () => {
    seen += 1;
  });
  expect(houses).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(seen).toBe(10);
  expect(await crew.judge(tasks(1), () => {})).toEqual([0]);
  await crew.end();
});

test('weeks go to the same threads, and each is told that it is one', async () => {
  const crew = startCrew(2, worker('parentPort.postMessage([task.seed, task.isWeek])'));
  const weeks: readonly unknown[] = await crew.weeks(tasks(3), () => {});
  expect(weeks).toEqual([
    [0, true],
    [1, true],
    [2, true],
  ]);
  await crew.end();
});

test('a house that cannot be judged ends the evaluation with its reason', async () => {
  const fail = "if (task.seed === 2) throw new RangeError('no weights'); parentPort.postMessage(1)";
  const crew = startCrew(2, worker(fail));
  await expect(crew.judge(tasks(4), () => {})).rejects.toThrow('no weights');
  await crew.end();
});

test('without a build it says what is missing', () => {
  expect(() => startCrew(1, undefined)).toThrow('npm run build');
});

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCrewOf } from './crew.ts';

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

const tasks = (count: number) => Array.from({ length: count }, (_, seed) => ({ seed }));

test('answers come in the order of their tasks, whichever thread was quicker, and each is seen once', async () => {
  // Every third takes longer.
  const answer =
    'setTimeout(() => parentPort.postMessage(task.seed), task.seed % 3 === 0 ? 30 : 1)';
  const crew = startCrewOf(2, worker(answer));
  let seen = 0;
  const answers = await crew.work(tasks(10), () => {
    seen += 1;
  });
  expect(answers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(seen).toBe(10);
  expect(await crew.work(tasks(1), () => {})).toEqual([0]);
  await crew.end();
});

test('a task that cannot be done ends all of it with its reason', async () => {
  const fail = "if (task.seed === 2) throw new RangeError('no weights'); parentPort.postMessage(1)";
  const crew = startCrewOf(2, worker(fail));
  await expect(crew.work(tasks(4), () => {})).rejects.toThrow('no weights');
  await crew.end();
});

test('without a build it says what is missing', () => {
  expect(() => startCrewOf(1, undefined)).toThrow('npm run build');
});

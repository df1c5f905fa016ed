import { afterEach, expect, test } from 'vitest';
import { ruleFigures } from './rule-figures.ts';
import { createTrial, noon, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

test('what a rule said is counted, live and on trial apart, the newest first', async () => {
  trial = await createTrial();
  for (let n = 1; n <= 7; n += 1) {
    trial.clock.pass(60_000);
    await trial.apply(overloadAt(`b00${n}`, 2, trial.clock.nowMs(), n > 5 ? { shadow: true } : {}));
  }
  await trial.desk.act(1, 'false_alarm', { who: '3号', via: 'console' }, '空调');
  const figures = await ruleFigures(trial.gate, noon, noon + 86_400_000);
  const { last, ...counts } = figures.get('load.overload') ?? { last: [] };
  expect(counts).toEqual({ live: 5, shadow: 2, falseAlarms: 1 });
  expect(last.map(({ subject, shadow }) => `${subject} ${shadow}`)).toEqual([
    '7号楼 true',
    '6号楼 true',
    '5号楼 false',
    '4号楼 false',
    '3号楼 false',
  ]);
  expect((await ruleFigures(trial.gate, noon + 86_400_000, noon + 2 * 86_400_000)).size).toBe(0);
});

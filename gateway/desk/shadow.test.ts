import { afterEach, expect, test } from 'vitest';
import { rules } from '../../rules/index.ts';
import { createTrial, noon, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

test('whatever a rule on trial finds is recorded, and nobody is told', async () => {
  trial = await createTrial();
  for (const { id } of rules)
    await trial.apply({
      ...overloadAt('b001', 3, noon),
      rule: id,
      id: `${id}/b001/${noon}`,
      shadow: true,
    });
  expect(await trial.rows()).toEqual([]);
  const { desk } = trial;
  const found = await desk.alerts({});
  expect(found.map(({ rule, quiet, shadow }) => [rule, quiet, shadow]).sort()).toEqual(
    rules.map(({ id }) => [id, 'shadow', true]).sort(),
  );
});

test('a rule that goes live while its alert is open on trial tells it at its next word', async () => {
  trial = await createTrial();
  await trial.apply({ ...overloadAt('b001', 3, noon), shadow: true });
  expect(await trial.rows()).toEqual([]);
  await trial.apply(overloadAt('b001', 3, noon + 60_000, { change: 'changed', sinceMs: noon }));
  expect((await trial.rows()).length).toBeGreaterThan(0);
  expect((await trial.desk.alerts({}))[0]).toMatchObject({ shadow: false });
});

test('one that comes again within half an hour, now live, is told', async () => {
  trial = await createTrial();
  await trial.apply({ ...overloadAt('b001', 3, noon), shadow: true });
  await trial.apply({
    ...overloadAt('b001', 3, noon + 60_000, { change: 'cleared', sinceMs: noon }),
    shadow: true,
  });
  await trial.apply(overloadAt('b001', 3, noon + 120_000));
  expect((await trial.rows()).length).toBeGreaterThan(0);
});

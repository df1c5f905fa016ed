import { afterEach, expect, test } from 'vitest';
import { createTrial, noon, type Trial } from '../desk/trial.ts';
import { audit, chainOf, firstBreak, readAudit } from './audit.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

const entry = (n: number) => ({
  atMs: noon + n,
  who: '3号',
  role: 'duty',
  action: 'read',
  object: `alert A${n}`,
  purpose: 'shift',
  n: 1,
});

async function filled() {
  trial = await createTrial();
  const { gate } = trial;
  await Promise.all(Array.from({ length: 50 }, (_, n) => audit(gate, entry(n))));
  return gate;
}

test('entries written at once are one whole chain', async () => {
  const gate = await filled();
  expect(await firstBreak(gate)).toBeNull();
  const all = await readAudit(gate, {});
  expect(all).toHaveLength(50);
  expect(all[1]?.chain).toBe(chainOf(all[0]?.chain ?? '', entry(1)));
});

test('an entry cannot be changed through the database, and a change around it is seen', async () => {
  const gate = await filled();
  await expect(gate.run("UPDATE audit SET who = '4号' WHERE id = 7")).rejects.toThrow();
  await gate.exec('DROP TRIGGER audit_no_update');
  await gate.run("UPDATE audit SET who = '4号' WHERE id = 7");
  expect(await firstBreak(gate)).toBe(7);
});

test('a missing entry is seen; the end of retention is not taken for one', async () => {
  const gate = await filled();
  await gate.run('DELETE FROM audit WHERE id <= 10');
  expect(await firstBreak(gate)).toBeNull();
  await gate.run('DELETE FROM audit WHERE id = 20');
  expect(await firstBreak(gate)).toBe(21);
});

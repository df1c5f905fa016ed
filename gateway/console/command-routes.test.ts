import { afterEach, expect, test } from 'vitest';
import type { PlateChange } from '../wires/commands.ts';
import { chairOf, createConsoleTrial, memberOf } from './trial.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

test('a plate goes on the list of a lane without standing in the audit, and comes back as read', async () => {
  const asked: PlateChange[] = [];
  const trial = await createConsoleTrial({
    site: { lanes: [{ id: 'in-1', title: '进口', direction: 'in' }] },
    parts: {
      commander: {
        canOpen: () => false,
        open: async (lane) => ({ id: 'c-1', device: lane, result: 'impossible' }),
        setTime: async (device) => ({ id: 'c-1', device, result: 'impossible' }),
        keepsPlates: (lane) => lane === 'in-1',
        plate: async (_lane, change) => {
          asked.push(change);
          return [{ id: 'c-2', device: 'cam-1', result: 'accepted', listed: true }];
        },
      },
    },
  });
  undo.push(trial.close);
  const chair = await chairOf(trial);
  const guard = await memberOf(trial, chair, 'property');
  const wish = { plate: '沪a·12345', action: 'add' };
  const done = await guard.ask('POST', '/lanes/in-1/plates', wish);
  expect(done.json()).toMatchObject([{ device: 'cam-1', result: 'accepted', listed: true }]);
  expect(asked).toEqual([{ kind: 'plate-add', plate: '沪A12345' }]);
  const rows = await trial.store.gate.all<{ action: string; object: string }>(
    "SELECT action, object FROM audit WHERE action LIKE 'gate.plate%' ORDER BY rowid",
  );
  expect(rows.map(({ action }) => action)).toEqual(['gate.plate.add', 'gate.plate.add.result']);
  for (const { object } of rows) expect(object).toMatch(/^in-1 [\w-]{16}/);
  expect(rows[1]?.object).toMatch(/cam-1 accepted, on its list$/);
  expect(JSON.stringify(rows)).not.toMatch(/12345/);
  expect((await guard.ask('POST', '/lanes/nowhere/plates', wish)).status).toBe(404);
  expect((await guard.ask('POST', '/lanes/in-1/plates', { ...wish, plate: 'x' })).status).toBe(400);
});

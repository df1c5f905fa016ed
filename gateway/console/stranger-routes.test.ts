import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsoleTrial, chairOf, createConsoleTrial, memberOf, type Visitor } from './trial.ts';

const heard = { wire: 'mqtt', attempts: 3, firstMs: 1, lastMs: 2, reason: 'no such device' };
let trial: ConsoleTrial;
let chair: Visitor;
beforeAll(async () => {
  const strangers = () => [
    { ...heard, name: 'plug-7', guesses: ['tasmota', 'shelly'] },
    { ...heard, name: '/a b' },
  ];
  trial = await createConsoleTrial({
    config: { console: { listen: '127.0.0.1:0', secondFactor: 'offered' } },
    parts: { strangers },
  });
  chair = await chairOf(trial);
});
afterAll(() => trial.close());

test('a stranger comes with the line that lets it in; a name that is none is left open', async () => {
  const { strangers } = (await chair.get('/strangers')).json();
  expect(strangers).toMatchObject([
    { name: 'plug-7', refused: false, line: '- { id: plug-7, driver: tasmota, point: POINT }' },
    { name: '/a b', refused: false, line: '- { id: NAME, driver: DRIVER, point: POINT }' },
  ]);
});

test('a refusal is remembered and written down, and can be taken back', async () => {
  const refused = async () =>
    (await chair.get('/strangers'))
      .json()
      .strangers.map((one: { refused: boolean }) => one.refused);
  const name = encodeURIComponent('/a b');
  expect((await chair.post(`/strangers/${name}`, { refused: true })).status).toBe(200);
  expect(await refused()).toEqual([false, true]);
  const noted = await trial.store.gate.all("SELECT * FROM audit WHERE action = 'stranger.refuse'");
  expect(noted).toHaveLength(1);
  await chair.post(`/strangers/${name}`, { refused: false });
  expect(await refused()).toEqual([false, false]);
  expect((await chair.post('/strangers/x', { refused: 'yes' })).status).toBe(400);
});

test('who may look may not always refuse', async () => {
  const duty = await memberOf(trial, chair, 'duty');
  expect((await duty.get('/strangers')).json().mayAdopt).toBe(false);
  expect((await duty.post('/strangers/plug-7', { refused: true })).status).toBe(403);
});

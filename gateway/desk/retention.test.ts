import { afterEach, expect, test } from 'vitest';
import { audit, firstBreak } from '../privacy/audit.ts';
import { purgeDesk } from './retention.ts';
import { createTrial, noon, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

const dayMs = 86_400_000;

test('messages go after 180 days, alerts after three years, open ones never', async () => {
  trial = await createTrial();
  const { gate, apply, desk, clock } = trial;
  await apply(overloadAt('b001', 2, noon), overloadAt('b002', 2, noon));
  await gate.run("UPDATE outbox SET state = 'delivered'");
  const [first] = await desk.openAlerts();
  await desk.act(first?.id ?? 0, 'close', { who: '3号', via: 'console' });
  const entry = { who: 'x', role: 'chair', action: 'a', object: 'o', purpose: 'p', n: 1 };
  await audit(gate, { ...entry, atMs: noon });
  await audit(gate, { ...entry, atMs: noon + 1200 * dayMs });
  await gate.run("UPDATE outbox SET state = 'delivered'");

  await purgeDesk(gate, noon + 179 * dayMs);
  expect((await desk.alert(first?.id ?? 0))?.deliveries).not.toEqual([]);
  await purgeDesk(gate, clock.nowMs() + 181 * dayMs);
  expect(await gate.all('SELECT * FROM outbox')).toEqual([]);
  await purgeDesk(gate, noon + 1096 * dayMs);
  expect((await desk.alerts({})).map(({ work }) => work)).toEqual(['open']);
  expect(await gate.all('SELECT * FROM audit')).toHaveLength(1);
  expect(await firstBreak(gate)).toBeNull();
});

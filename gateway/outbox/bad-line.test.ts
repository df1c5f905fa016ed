import { afterEach, expect, test } from 'vitest';
import { startModem } from '../../simulators/modem/modem.ts';
import { createTrial, noon, overloadAt } from '../desk/trial.ts';
import { createLog } from '../log.ts';
import { startOutbound } from './outbound.ts';

/** What goes wrong between the box and the network, seen from the alert: what becomes of its message, and who sees it. */

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

async function scene() {
  const trial = await createTrial({ config: { robots: [], upstream: undefined } });
  undo.push(trial.close);
  const { clock, gate, desk, config, keys } = trial;
  const sim = await startModem({ nowMs: clock.nowMs });
  undo.push(sim.stop);
  const outbound = await startOutbound({
    gate,
    desk,
    config,
    baseDir: '.',
    keys,
    clock,
    log: createLog('silent'),
    simulatedModem: sim.path,
  });
  undo.push(outbound.stop);
  await expect.poll(() => outbound.modem()?.state).toBe('ready');
  const first = async () => (await trial.rows('sms'))[0];
  return { trial, sim, outbound, first };
}

test('a SIM without credit: the message waits untried, the channel says since when, and it goes when there is credit', async () => {
  const { trial, sim, outbound, first } = await scene();
  // 3GPP 24.011: 8 operator determined barring, what arrears look like.
  sim.fail({ kind: 'cms-error', code: 8 });
  await trial.apply(overloadAt('b012', 3, noon));
  await expect.poll(async () => (await first())?.reason).toBe('CMS 8');
  await outbound.outbox.settled();
  expect(await first()).toMatchObject({ state: 'waiting', attempts: 0 });
  expect(outbound.smsDownSinceMs(), 'system.sms is raised from this').toBe(noon);
  const asked = sim.commands().filter((one) => one.startsWith('AT+CMGS=')).length;
  for (let s = 0; s < 50; s += 10) {
    trial.clock.pass(10_000);
    outbound.outbox.kick();
    await outbound.outbox.settled();
  }
  const askedOn = sim.commands().filter((one) => one.startsWith('AT+CMGS=')).length;
  expect(askedOn, 'a SIM without credit is not asked on').toBe(asked);
  sim.fail(null);
  trial.clock.pass(10_000);
  outbound.outbox.kick();
  await expect.poll(() => sim.inbox().length).toBe(1);
  expect(sim.inbox()[0]?.text, 'it never left before: no mark').not.toContain('重发');
  await expect.poll(() => outbound.smsDownSinceMs()).toBeNull();
  await expect.poll(async () => (await first())?.state).toBe('delivered');
});

test('rubbish and half lines in the middle of a message: it leaves once, and its report is understood', async () => {
  const { trial, sim, first } = await scene();
  sim.fail({ kind: 'noise', times: 5 });
  await trial.apply(overloadAt('b012', 3, noon));
  await expect.poll(async () => (await first())?.state).toBe('delivered');
  expect(sim.inbox()).toHaveLength(1);
});

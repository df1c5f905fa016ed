import { afterEach, expect, test } from 'vitest';
import { type SimulatedModem, startModem } from '../../../simulators/modem/modem.ts';
import { createLog } from '../../log.ts';
import { sendOnce } from './send-once.ts';

let sim: SimulatedModem | undefined;
afterEach(async () => {
  await sim?.stop();
  sim = undefined;
});

const message = { to: '+8613800138000', text: '测试', baudRate: 115_200, log: createLog('silent') };

test('one message leaves and its report is told', async () => {
  sim = await startModem();
  const sent = await sendOnce({ ...message, path: sim.path });
  expect(sent).toMatchObject({ parts: 1, report: { outcome: 'delivered' } });
  expect(sim.inbox()).toMatchObject([{ text: '测试' }]);
});

test('without a SIM it says why, and tells no number', async () => {
  sim = await startModem({ sim: false });
  const sent = sendOnce({ ...message, path: sim.path, readyMs: 1500 });
  await expect(sent).rejects.toThrow('SIM not usable');
});

test('a port that is not there is told as such', async () => {
  const sent = sendOnce({ ...message, path: '/dev/nothing-here', readyMs: 300 });
  await expect(sent).rejects.toThrow('Cannot open /dev/nothing-here');
});

import { afterEach, expect, test } from 'vitest';
import { type SimulatedModem, startModem } from '../../../simulators/modem/modem.ts';
import type { ModemOptions as SimulatedOptions } from '../../../simulators/modem/options.ts';
import { createLog } from '../../log.ts';
import { type InboundSms, type Modem, type ModemOptions, startModemDriver } from './modem.ts';
import { encodeSms } from './pdu.ts';
import { openSerialLine } from './serial-line.ts';

const to = '+8613800138000';
const quick = {
  commandMs: 250,
  promptMs: 250,
  answerMs: 300,
  settleMs: 20,
  pollMs: 60,
  bootMs: 20,
  retryMs: 20,
};
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

async function pair(
  simulated: SimulatedOptions = {},
  options: Partial<ModemOptions> = {},
): Promise<{ readonly sim: SimulatedModem; readonly modem: Modem }> {
  const sim = await startModem(simulated);
  undo.push(sim.stop);
  const modem = startModemDriver({
    open: () => openSerialLine(sim.path, 115_200),
    log: createLog('silent'),
    times: quick,
    ...options,
  });
  undo.push(modem.stop);
  return { sim, modem };
}

const becomes = (modem: Modem, state: string) =>
  expect.poll(() => modem.state().state, { timeout: 10_000, interval: 5 }).toBe(state);

test('a message goes out over a real pseudo-terminal and its report comes back', async () => {
  const reports: unknown[] = [];
  const { sim, modem } = await pair({}, { onReport: (report) => reports.push(report) });
  await becomes(modem, 'ready');
  expect(modem.state()).toMatchObject({ signalDbm: -65, registered: true });
  const [reference] = await modem.send(encodeSms({ to, text: '测试', report: true }));
  expect(sim.inbox()).toMatchObject([{ to, text: '测试', parts: 1 }]);
  await expect
    .poll(() => reports)
    .toEqual([{ reference, number: to, outcome: 'delivered', status: 0 }]);
});

test('start-up asks in the order of the table and never shows a text in the log of commands', async () => {
  const { sim, modem } = await pair();
  await becomes(modem, 'ready');
  expect(sim.commands().slice(0, 12)).toEqual([
    'AT',
    'ATE0',
    'AT+CMEE=1',
    'AT+CPIN?',
    'AT+CREG?',
    'AT+CEREG?',
    'AT+CSQ',
    'AT+CSCA?',
    'AT+CMGF=0',
    'AT+CSMS=0',
    'AT+CNMI=2,1,0,1,0',
    'AT+CPMS="ME","ME","ME"',
  ]);
});

test('what comes unasked is not taken for an answer, byte by byte on a slow line', async () => {
  const { sim, modem } = await pair({ chatter: true, slowLine: true });
  await becomes(modem, 'ready');
  const text = '【杜巷自治】'.repeat(13);
  const references = await modem.send(encodeSms({ to, text, reference: 5, report: true }));
  expect(references).toEqual([1, 2]);
  expect(sim.inbox()).toMatchObject([{ text, parts: 2 }]);
});

test('a reply is read once, kept, and deleted from the modem', async () => {
  const inbound: InboundSms[] = [];
  const { sim, modem } = await pair(
    { nowMs: () => Date.UTC(2026, 4, 1, 18) },
    { onInbound: async (sms) => void inbound.push(sms) },
  );
  await becomes(modem, 'ready');
  sim.reply(to, '收到A17');
  await expect.poll(() => inbound.length).toBe(1);
  expect(inbound[0]).toEqual({ from: to, text: '收到A17', atMs: Date.UTC(2026, 4, 1, 18) });
  await expect.poll(() => sim.commands().includes('AT+CMGD=0')).toBe(true);
});

test('a reply that could not be kept stays in the modem and comes again', async () => {
  let tries = 0;
  const { sim, modem } = await pair(
    {},
    {
      onInbound: async () => {
        tries += 1;
        if (tries === 1) throw new Error('disk full');
      },
    },
  );
  await becomes(modem, 'ready');
  sim.reply(to, '1');
  await expect.poll(() => tries, { timeout: 5000 }).toBe(2);
});

test('each class of CMS error reaches the caller with its code', async () => {
  const { sim, modem } = await pair();
  await becomes(modem, 'ready');
  for (const code of [1, 10, 41, 304, 330, 512]) {
    sim.fail({ kind: 'cms-error', code, times: 1 });
    const sent = modem.send(encodeSms({ to, text: '一' }));
    await expect(sent).rejects.toMatchObject({ kind: 'cms', code, mayHaveLeft: false });
  }
  expect(sim.inbox()).toEqual([]);
  await modem.send(encodeSms({ to, text: '二' }));
  expect(sim.inbox()).toMatchObject([{ text: '二' }]);
});

test('a missing prompt is cancelled with ESC and the next message goes', async () => {
  const { sim, modem } = await pair();
  await becomes(modem, 'ready');
  sim.fail({ kind: 'no-prompt', times: 1 });
  const sent = modem.send(encodeSms({ to, text: '一' }));
  await expect(sent).rejects.toMatchObject({ kind: 'no-prompt', mayHaveLeft: false });
  await modem.send(encodeSms({ to, text: '二' }));
  expect(sim.inbox()).toMatchObject([{ text: '二' }]);
});

test('no answer after the text: nobody knows whether it left, and the error says so', async () => {
  const { sim, modem } = await pair();
  await becomes(modem, 'ready');
  sim.fail({ kind: 'no-answer', times: 1 });
  const sent = modem.send(encodeSms({ to, text: '一' }));
  await expect(sent).rejects.toMatchObject({ kind: 'timeout', mayHaveLeft: true });
});

test('a silent modem climbs the ladder: opened again, then restarted, then it sends', async () => {
  const { sim, modem } = await pair();
  await becomes(modem, 'ready');
  sim.fail({ kind: 'silent' });
  await becomes(modem, 'down');
  await expect.poll(() => sim.restarts(), { timeout: 10_000 }).toBeGreaterThan(0);
  await becomes(modem, 'ready');
  await modem.send(encodeSms({ to, text: '好了' }));
  expect(sim.inbox()).toMatchObject([{ text: '好了' }]);
});

test('noise and half lines do not hinder the start', async () => {
  const { sim, modem } = await pair();
  sim.fail({ kind: 'noise', times: 30 });
  await becomes(modem, 'ready');
});

test('a modem that disappears and comes back under another name is found again', async () => {
  const first = await startModem();
  // Both stand at a time, as the number of a line that is gone would be given again.
  const second = await startModem();
  undo.push(second.stop);
  let { path } = first;
  const modem = startModemDriver({
    open: () => openSerialLine(path, 115_200),
    log: createLog('silent'),
    times: quick,
  });
  undo.push(modem.stop);
  await becomes(modem, 'ready');
  await first.stop();
  await becomes(modem, 'down');
  path = second.path;
  expect(path).not.toBe(first.path);
  await becomes(modem, 'ready');
});

test('a modem that comes back under the same name while it is looked for is found again', async () => {
  const first = await startModem();
  let { path } = first;
  const modem = startModemDriver({
    open: () => openSerialLine(path, 115_200),
    log: createLog('silent'),
    times: quick,
  });
  undo.push(modem.stop);
  await becomes(modem, 'ready');
  for (let n = 0; n < 3; n += 1) {
    if (n === 0) await first.stop();
    await becomes(modem, 'down');
    const next = await startModem();
    path = next.path;
    expect(path).toMatch(/^\/dev\/pts\/\d+$/);
    await becomes(modem, 'ready');
    await next.stop();
  }
});

test('without a SIM the channel is down and says why; a wrong PIN is tried once only', async () => {
  const none = await pair({ sim: false });
  await becomes(none.modem, 'down');
  expect(none.modem.state().reason).toBe('SIM not usable (CME 10)');
  let asked = 0;
  const locked = await pair(
    { pin: '1234' },
    {
      pin: () => {
        asked += 1;
        return asked === 1 ? '0000' : undefined;
      },
    },
  );
  await becomes(locked.modem, 'down');
  await expect.poll(() => asked).toBeGreaterThan(1);
  expect(locked.sim.commands().filter((one) => one.startsWith('AT+CPIN='))).toHaveLength(1);
});

test('the right PIN opens the SIM', async () => {
  const { modem } = await pair({ pin: '1234' }, { pin: () => '1234' });
  await becomes(modem, 'ready');
});

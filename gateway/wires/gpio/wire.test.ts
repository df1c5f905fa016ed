import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { changes, order, type StandIn, startStandIn } from '../../../simulators/gpio/stand-in.ts';

// The real onoff and its epoll, on a /sys/class/gpio whose numbers begin at 512.
const root = resolve(fileURLToPath(new URL('../../..', import.meta.url)));
const child = join(root, 'dist/gateway/wires/gpio/trial-child.js');
const [loop, openLimit, relay] = [17, 22, 24];
const options = { inputs: { 17: 'loop', 22: 'open-limit' }, relay, pulseMs: 400, debounceMs: 30 };
/** A process that was started, or a timer on a machine with other work, may be so late, ms. */
const lateMs = 400;

let pins: StandIn;
const running: ChildProcess[] = [];
beforeAll(async () => {
  expect(existsSync(child), 'npm run build makes what is tested here').toBe(true);
  pins = await startStandIn();
});
afterAll(() => pins?.stop());
/** Ends every wire: two of them on the same pins disturb each other. */
const endAll = async () => {
  for (const one of running.splice(0)) {
    if (one.exitCode !== null || one.signalCode !== null) continue;
    one.kill('SIGKILL');
    await once(one, 'exit');
  }
};
afterEach(endAll);

const drive = (line: number, word: string | number) => order(pins.simFile, `${512 + line} ${word}`);
/** How long the relay was drawn each time, ms. */
const pulses = (): number[] => {
  const of = changes(pins.simFile).filter(({ line }) => line === 512 + relay);
  return of.flatMap(({ atMs, level }, i) => (level === 0 ? [atMs - (of[i - 1]?.atMs ?? 0)] : []));
};
const relayLevel = () =>
  changes(pins.simFile).findLast(({ line }) => line === 512 + relay)?.level ?? 0;

/** Processes that this one started, as seen from here. */
const childrenOf = async (pid: number | undefined): Promise<readonly number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    .split(' ')
    .filter(Boolean)
    .map(Number);

const unit = readFileSync(join(root, 'deploy/gatehouse.service'), 'utf8');

/** Runs what the unit runs after the gateway has ended, where the pins are. Rejects unless it ends with 0. */
async function commandOf(service: string, config: string): Promise<string> {
  const line = /^ExecStopPost=-?\S+node (.*)$/m.exec(service)?.[1] ?? '';
  const args = line
    .replace('/opt/gatehouse/', `${root}/`)
    .replace('/etc/gatehouse/gateway.yaml', config)
    .split(' ');
  const [command, rest] = pins.enter(process.execPath, args);
  const started = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  for (const stream of [started.stdout, started.stderr]) {
    stream.on('data', (text) => {
      told += text;
    });
  }
  const [code] = await once(started, 'close');
  if (code !== 0) throw new Error(`${told} exit ${code}`);
  return told;
}

type Said = Record<string, unknown>;
const lastStates = (said: readonly Said[]) =>
  (said.findLast(({ states }) => states)?.states ?? []) as Said[];
interface Wire {
  readonly process: ChildProcess;
  readonly said: Said[];
  readonly told: () => string;
  ask(word: string): void;
  /** What the wire says of its first device now. */
  state(): Promise<Said>;
}

function start(devices: readonly object[] = [options], library = 'onoff'): Wire {
  const args = [child, library, ...devices.map((one) => JSON.stringify(one))];
  const [command, rest] = pins.enter(process.execPath, args);
  const started = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  running.push(started);
  const said: Said[] = [];
  let told = '';
  started.stderr.on('data', (text) => {
    told += text;
  });
  createInterface({ input: started.stdout }).on('line', (line) => said.push(JSON.parse(line)));
  const ask = (word: string) => void started.stdin.write(`${word}\n`);
  return {
    process: started,
    said,
    told: () => told,
    ask,
    async state() {
      const before = said.filter(({ states }) => states).length;
      ask('state');
      await expect
        .poll(() => said.filter(({ states }) => states).length, { timeout: 10_000 })
        .toBeGreaterThan(before);
      return lastStates(said)[0] ?? {};
    },
  };
}

const presences = ({ said }: Wire) =>
  said.flatMap(({ reading }) => {
    const { kind, occupied } = (reading ?? {}) as Said;
    return kind === 'presence' ? [occupied] : [];
  });
const settled = (wire: Wire, what: readonly boolean[]) =>
  expect.poll(() => presences(wire), { timeout: 10_000 }).toEqual(what);
const reason = async (wire: Wire) => String((await wire.state()).reason);

test('the chip is found by its label, its base is added, and edges become readings', async () => {
  drive(loop, 1);
  drive(openLimit, 1);
  const wire = start();
  await settled(wire, [false]);
  expect(await wire.state()).toMatchObject({ chip: 'pinctrl-bcm2711', base: 512, up: true });
  drive(loop, 0);
  await settled(wire, [false, true]);
  drive(loop, 1);
  await settled(wire, [false, true, false]);
  drive(openLimit, 0);
  await expect
    .poll(() => wire.said.map(({ reading }) => (reading as Said)?.state), { timeout: 10_000 })
    .toContain('open');
  await expect
    .poll(() => wire.said.map(({ reading }) => (reading as Said)?.kind), { timeout: 10_000 })
    .toContain('status');
});

test('a contact that bounces is one reading, and the bounces are counted', async () => {
  drive(loop, 1);
  // So long that a machine with other work hears some of the bounces, and never takes one for a level.
  const debounceMs = 400;
  const wire = start([{ ...options, debounceMs }]);
  await settled(wire, [false]);
  for (let i = 0; i < 41; i += 1) {
    drive(loop, i % 2);
    await sleep(5);
  }
  drive(loop, 0);
  await settled(wire, [false, true]);
  await sleep(debounceMs + 100);
  expect(presences(wire)).toEqual([false, true]);
  expect((await wire.state()).bounces).toBeGreaterThan(0);
});

test('a level that the disk refused is said again', async () => {
  drive(loop, 1);
  const wire = start();
  await settled(wire, [false]);
  wire.ask('disk refuses');
  drive(loop, 0);
  await sleep(300);
  expect(presences(wire)).toEqual([false]);
  wire.ask('disk works');
  await settled(wire, [false, true]);
});

test('the relay is pulsed once for the time that was asked, and the answer is that of the wire', async () => {
  const before = pulses().length;
  const wire = start();
  await wire.state();
  wire.ask('open');
  wire.ask('open');
  await expect
    .poll(() => wire.said.filter(({ outcome }) => outcome).length, { timeout: 20_000 })
    .toBe(2);
  const results = wire.said.flatMap(({ outcome }) => (outcome ? [(outcome as Said).result] : []));
  expect(results.toSorted()).toEqual(['accepted', 'busy']);
  expect(pulses()).toHaveLength(before + 1);
  expect(pulses().at(-1)).toBeGreaterThanOrEqual(395);
  expect(pulses().at(-1)).toBeLessThan(400 + lateMs);
});

test('a pulse ends in time though the event loop is busy for three seconds', async () => {
  const before = pulses().length;
  const wire = start();
  await wire.state();
  wire.ask('open');
  await expect.poll(relayLevel, { timeout: 10_000, interval: 5 }).toBe(1);
  wire.ask('stall 3000');
  await expect.poll(relayLevel, { timeout: 10_000, interval: 5 }).toBe(0);
  expect(pulses()).toHaveLength(before + 1);
  expect(pulses().at(-1)).toBeLessThan(400 + lateMs);
});

test.each([
  ['SIGTERM', (wire: Wire) => wire.process.kill('SIGTERM')],
  ['SIGINT', (wire: Wire) => wire.process.kill('SIGINT')],
  ['SIGKILL', (wire: Wire) => wire.process.kill('SIGKILL')],
  ['a mistake that nobody catches', (wire: Wire) => wire.ask('throw')],
  ['an ordinary end', (wire: Wire) => wire.ask('end')],
])('after %s in the middle of a pulse the relay is released', async (_how, end) => {
  const wire = start([{ ...options, pulseMs: 3000 }]);
  await wire.state();
  wire.ask('open');
  await expect.poll(relayLevel, { timeout: 10_000, interval: 5 }).toBe(1);
  const exited = once(wire.process, 'exit');
  end(wire);
  await exited;
  await expect.poll(relayLevel, { timeout: 3000 + lateMs, interval: 20 }).toBe(0);
  expect(pulses().at(-1)).toBeLessThan(3000 + lateMs);
});

test('the whole gateway: a person opens, its page and metrics tell, and SIGTERM in the pulse releases at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-gpio-test-'));
  const file = join(folder, 'gateway.yaml');
  const device = { id: 'pins-1', driver: 'gpio-barrier', lane: 'in-1' };
  writeFileSync(
    file,
    JSON.stringify({
      site: { name: '杜巷小区' },
      broker: { listen: '127.0.0.1:0' },
      // Not about log-ins: the chair opens without an authenticator app.
      console: { listen: '127.0.0.1:0', secondFactor: 'offered' },
      journal: { reserveMb: 1 },
      lanes: [{ id: 'in-1', direction: 'in' }],
      devices: [{ ...device, options: { ...options, pulseMs: 3000 } }],
    }),
  );
  const args = [join(root, 'dist/gateway/main.js'), 'run', '--config', file];
  const [command, rest] = pins.enter(process.execPath, args);
  const gateway = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  running.push(gateway);
  let told = '';
  gateway.stderr.on('data', (text) => {
    told += text;
  });
  await expect.poll(() => told, { timeout: 20_000 }).toMatch(/set-up code.*: \S+$/m);
  const base = `http://${/ http=(\S+)/.exec(told)?.[1]}`;
  const call = (path: string, cookie: string, body?: object) =>
    fetch(`${base}/api/v1${path}`, {
      headers: { 'content-type': 'application/json', 'x-gatehouse': '1', cookie },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
  const account = { name: 'chair', password: 'correct horse battery' };
  const code = /set-up code.*: (\S+)$/m.exec(told)?.[1];
  await call('/setup', '', { ...account, code });
  const session = await call('/session', '', account);
  const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
  const { gpio } = (await (await call('/devices', cookie)).json()) as { gpio: Said[] };
  expect(gpio[0]).toMatchObject({ device: 'pins-1', up: true, base: 512 });
  const metrics = await (await fetch(`${base}/metrics`)).text();
  expect(metrics).toContain('gatehouse_gpio{device="pins-1",what="up"} 1');

  const opening = call('/lanes/in-1/open', cookie, {}).catch(() => undefined);
  await expect.poll(relayLevel, { timeout: 10_000, interval: 5 }).toBe(1);
  gateway.kill('SIGTERM');
  await expect.poll(relayLevel, { timeout: 2000, interval: 5 }).toBe(0);
  expect(pulses().at(-1)).toBeLessThan(2000);
  await opening;
  if (gateway.exitCode === null) await once(gateway, 'exit');
  expect(gateway.exitCode).toBe(0);
});

test('a relay that was left drawn is released by the next start', async () => {
  const first = start();
  await first.state();
  const exited = once(first.process, 'exit');
  first.process.kill('SIGKILL');
  await exited;
  // What a gateway and its pulse leave that were killed at the same moment.
  drive(relay, 1);
  expect(relayLevel()).toBe(1);
  const second = start();
  expect((await second.state()).reason).toBeUndefined();
  expect(relayLevel()).toBe(0);
});

test.each([
  ['draws at a high level', false],
  ['draws at a low level', true],
])(
  'gateway and pulse are killed in the middle of a pulse: what systemd then runs releases a relay that %s',
  async (_what, relayActiveLow) => {
    const on = relayActiveLow ? 0 : 1;
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-gpio-test-'));
    const file = join(folder, 'gateway.yaml');
    const wired = { ...options, pulseMs: 3000, relayActiveLow };
    const device = { id: 'pins-1', driver: 'gpio-barrier', lane: 'in-1', options: wired };
    const lanes = [{ id: 'in-1', direction: 'in' }];
    writeFileSync(file, JSON.stringify({ site: { name: '杜巷小区' }, lanes, devices: [device] }));

    const wire = start([wired]);
    await wire.state();
    wire.ask('open');
    await expect.poll(relayLevel, { timeout: 10_000, interval: 5 }).toBe(on);
    const guards = await childrenOf(wire.process.pid);
    expect(guards, 'the pulse has a process of its own').toHaveLength(1);
    const exited = once(wire.process, 'exit');
    wire.process.kill('SIGKILL');
    for (const guard of guards) process.kill(guard, 'SIGKILL');
    await exited;
    expect(relayLevel(), 'nobody is left who would release it').toBe(on);

    const told = await commandOf(unit, file);
    expect(told).toMatch(/pins-1: the relay on line 24 is released/);
    expect(relayLevel()).toBe(1 - on);
    drive(relay, 0);
  },
);

test('where a relay cannot be released, that is said and the exit is 1; where nobody has the line, nothing is done', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-gpio-test-'));
  const file = join(folder, 'gateway.yaml');
  const config = (line: number) => {
    const wired = { inputs: {}, relay: line };
    const device = { id: 'pins-1', driver: 'gpio-barrier', lane: 'in-1', options: wired };
    const lanes = [{ id: 'in-1', direction: 'in' }];
    writeFileSync(file, JSON.stringify({ site: { name: '杜巷小区' }, lanes, devices: [device] }));
  };
  config(9);
  const before = changes(pins.simFile).length;
  expect(await commandOf(unit, file)).toMatch(/nobody has line 9/);
  expect(changes(pins.simFile)).toHaveLength(before);
  config(60);
  await expect(commandOf(unit, file)).rejects.toThrow(/has 58 lines, none is 60.*exit 1/s);
});

test('a relay board that draws at a low level is released high', async () => {
  const wire = start([{ ...options, relayActiveLow: true }]);
  await wire.state();
  expect(relayLevel()).toBe(1);
  wire.ask('open');
  await expect.poll(relayLevel, { timeout: 10_000, interval: 5 }).toBe(0);
  await expect.poll(relayLevel, { timeout: 10_000, interval: 5 }).toBe(1);
  wire.ask('end');
  await once(wire.process, 'exit');
  expect(relayLevel()).toBe(1);
  drive(relay, 0);
});

test('each error of the kernel is told with a remedy, and the wire comes back by itself', async () => {
  const [command, rest] = pins.enter('/bin/sh', [
    '-c',
    `cd /sys/class/gpio; for n in ${loop} ${openLimit} ${relay}; do echo $((512 + n)) >unexport; done; true`,
  ]);
  await once(spawn(command, rest), 'exit');
  drive(loop, 'busy');
  const taken = start();
  expect(await reason(taken)).toMatch(/Cannot watch line 529: EBUSY \(.*debug\/gpio/);
  drive(loop, 'free');
  await expect.poll(async () => (await taken.state()).up, { timeout: 15_000 }).toBe(true);
  expect((await taken.state()).reason).toBeUndefined();

  // Somebody makes an input of the relay's line: EPERM is what a write to an input is answered with.
  drive(relay, 'turn');
  taken.ask('open');
  await expect
    .poll(() => taken.said.find(({ outcome }) => outcome)?.outcome, { timeout: 10_000 })
    .toMatchObject({ result: 'refused', reason: expect.stringMatching(/EPERM \(Another program/) });
  await expect.poll(async () => (await taken.state()).up, { timeout: 15_000 }).toBe(true);

  // Somebody unexports a line that is watched.
  drive(loop, 'drop');
  await expect
    .poll(() => taken.said.filter(({ log }) => log === 'the pins are lost: tried again').length, {
      timeout: 10_000,
    })
    .toBeGreaterThan(1);
  await expect.poll(async () => (await taken.state()).up, { timeout: 15_000 }).toBe(true);
  expect(taken.told()).toBe('');
});

test('what cannot be is told: another label, a number beyond the chip, a locked line, two devices on one line', async () => {
  const label = start([{ ...options, chip: 'pinctrl-rp1' }]);
  expect(await reason(label)).toMatch(
    /No chip pinctrl-rp1: pinctrl-bcm2711 \(base 512\) \(Compare/,
  );
  await endAll();
  const beyond = start([{ ...options, inputs: { 60: 'loop' } }]);
  expect(await reason(beyond)).toMatch(/has 58 lines, none is 60 \(Compare the number/);
  await endAll();
  drive(5, 'locked');
  const locked = start([{ inputs: { 5: 'loop' } }]);
  expect(await reason(locked)).toMatch(/Cannot watch line 517: EPERM \(Another program/);
  await endAll();
  const twice = start([options, options]);
  await twice.state();
  const both = lastStates(twice.said);
  expect(both.map(({ up }) => up)).toEqual([true, false]);
  expect(both[1]?.reason).toMatch(/used by the device pins-1/);
});

test('without onoff the wire says how to install it, and without devices nothing is asked for', async () => {
  const missing = start([options], 'onoff-is-not-installed');
  expect(await reason(missing)).toMatch(/Cannot load onoff-is-not-installed \(Install it: apt-get/);
  const none = start([], 'onoff-is-not-installed');
  await none.state();
  expect(lastStates(none.said)).toEqual([]);
});

test('where there is no GPIO at all the reason is told and nothing ends', async () => {
  const started = spawn(process.execPath, [child, 'onoff', JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.push(started);
  const [line] = (await once(createInterface({ input: started.stdout }), 'line')) as [string];
  expect(line).toMatch(/the pins are lost|Cannot read/);
  await sleep(1500);
  expect(started.exitCode).toBeNull();
});

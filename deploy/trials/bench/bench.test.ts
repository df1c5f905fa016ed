import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { expect, test } from 'vitest';
import { readFigures } from './candidates.ts';
import { goalsOf } from './goals.ts';
import { runLoad } from './load.ts';
import { median } from './median.ts';
import { page, plot } from './page.ts';
import { planOf } from './plan.ts';
import { condense, type Report, type Result } from './result.ts';
import { compileTools } from './tools.ts';

test('the load generator counts what a broker acknowledges and delivers', async () => {
  const tools = compileTools(mkdtempSync(join(tmpdir(), 'gatehouse-bench-')));
  expect(tools, 'a C compiler').not.toBeNull();
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const load = { program: tools?.load ?? '', port, pid: process.pid, login: false, warmS: 0.1 };
  const closed = await runLoad({ ...load, conns: 5, window: 4, rate: 0, readers: 1, seconds: 0.4 });
  expect(closed.acked).toBeGreaterThan(100);
  expect([closed.sent, closed.delivered]).toEqual([closed.acked, closed.acked]);
  const open = await runLoad({ ...load, conns: 5, window: 4, rate: 100, readers: 0, seconds: 1 });
  expect(open.sentPerS).toBeGreaterThan(90);
  expect(open.sentPerS).toBeLessThan(110);
  server.close();
  await new Promise<void>((resolve) => broker.close(resolve));
});

test('the gateway’s own figures are picked out of its metrics', () => {
  const text = [
    'gatehouse_readings_total{kind="power"} 12',
    'gatehouse_journal_commits_total 3',
    'gatehouse_event_loop_delay_p99_ms 1.5',
  ].join('\n');
  expect(readFigures(text)).toEqual({ stored: 12, commits: 3, loopDelayP99Ms: 1.5 });
});

const report = (): Report => {
  const results = planOf('normal').map(
    (run): Result => ({
      ...run,
      sentPerS: 1000,
      ackedPerS: run.name === 'gatehouse' ? 950 : 1000,
      deliveredPerS: 900,
      p50Ms: 1,
      p99Ms: 2,
      maxMs: 3,
      readP50Ms: 1,
      readP99Ms: 2,
      cpuS: 1,
      diskBytes: 4000,
      rssMb: 50,
      peakMb: 60,
      ownCpuS: 1,
      sent: 100,
      acked: 100,
      delivered: 100,
      closed: 0,
      startMs: 150,
      ...(run.name === 'gatehouse' ? { lost: run.part === 'bytes' ? 1 : 0 } : {}),
    }),
  );
  const peers = { node: '20', mosquitto: '2' };
  const machine = { cpu: 'x', cores: 2, memoryGb: 4, system: 'Linux', flushMs: 0.4, ...peers };
  const idle = { rssMb: 50, cpuPercent: 1, startMs: 150 };
  const burst = { slowMs: 0, sent: 100, stored: 100, cpuS: 1, peakMb: 300 };
  const nodeRed = [{ ...burst, storing: 'each', storedPerS: 10 } as const];
  const packing = {
    readings: 4.4e6,
    left: 0,
    beforeMb: 60,
    peakMb: 99,
    cpuS: 20,
    seconds: 30,
    walMb: 17,
    p50Ms: 1,
    p99Ms: 9,
  };
  const dataLife = {
    starts: [{ what: 'a day behind it', ms: 4000, caughtUpMs: 9000 }],
    catchingUp: { lasted: true, seconds: 8, p50Ms: 20, p99Ms: 60 },
    packing,
    bytesPerReading: 2.5,
    fileBytesPerReading: 9,
    dayOfOneMs: 4,
    dayOfAllMs: 11,
  };
  return {
    date: '2026-01-01',
    command: 'npm run bench',
    machine,
    idle,
    results,
    nodeRed,
    dataLife,
  };
};

test('rounds are one line each, and what was lost in any of them is never averaged away', () => {
  const all = condense(report().results);
  expect(all.filter(({ part }) => part === 'throughput')).toHaveLength(9);
  const goals = goalsOf(report());
  expect(goals.find(({ what }) => what.includes('not stored'))).toMatchObject({ ok: false });
  expect(goals.find(({ what }) => what.includes('÷ aedes'))).toMatchObject({
    reached: '0.95',
    ok: true,
  });
  expect(goals.find(({ what }) => what.includes('Node-RED'))).toMatchObject({
    wanted: '≥ 25',
    reached: '95',
    ok: true,
  });
  expect(goals.find(({ what }) => what.startsWith('PUBACK at 473/s'))).toMatchObject({
    what: 'PUBACK at 473/s, this disk: p50, 1.75 F',
    wanted: '≤ 0.7 ms',
    ok: false,
  });
  const life = goals.slice(-9, -1).map(({ wanted, reached, ok }) => [wanted, reached, ok]);
  expect(life).toContainEqual(['≤ 5 s', '4 s', true]);
  expect(life).toContainEqual(['≤ 5', '2.50', true]);
  expect(life).toContainEqual(['≤ 16 MB', '17 MB', false]);
  expect([median([3, 1, 2]), median([4, 1])]).toEqual([2, 2.5]);
});

test('the page names the machine and holds every table', () => {
  const text = page(report());
  for (const one of [
    '2 cores',
    'Figures to reach',
    '473 × 8',
    'mosquitto',
    'Node-RED',
    'Idle: 50 MB',
    'What becomes of the data',
  ])
    expect(text).toContain(one);
  expect(text).not.toContain('NaN');
  expect(plot(report())).toMatch(/^<svg .*<\/svg>\n$/);
});

import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { CodecError, defineDriver } from '../../drivers/driver.ts';
import { deviceOffline } from '../../rules/device-offline.ts';
import type { Finding } from '../../rules/finding.ts';
import type { Input } from '../../rules/rule.ts';
import { run } from '../../rules/run.ts';
import { toDevice } from '../config/device.ts';
import { createTrial, noon, type Trial } from '../desk/trial.ts';
import { handPace } from '../wires/poll/hand-pace.ts';
import { type Line, NoAnswer } from '../wires/poll/line.ts';
import { type Rounds, startRounds } from '../wires/poll/rounds.ts';
import { boxFindings } from './box-findings.ts';
import { busDownMs, busWatches } from './bus-watches.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const asked = defineDriver<object>({
  id: 'asked',
  title: { zh: '表', en: 'meter' },
  wire: 'http-poll',
  proven: 'bench',
  sources: [],
  lacks: { zh: '', en: '' },
  kinds: ['power'],
  options: z.strictObject({}),
  polls: () => [{ wire: 'http', path: '/' }],
  decode: () => [],
  encode() {
    throw new CodecError('never');
  },
  samples: [],
});

const everyS = 10;
/** Box and desk look so often here, s. */
const stepS = 5;
const ids = Array.from({ length: 10 }, (_, i) => `m${String(i + 1).padStart(3, '0')}`);
const devices = ids.map((id) => ({
  id,
  point: `b${id.slice(1)}`,
  bus: 'bus-1',
  kinds: ['power' as const],
  intervalS: everyS,
}));
const buses = [{ id: 'bus-1', title: '3号线箱', everyS }];

/**
 * Ten meters on real rounds, time moved by hand. `line` says how the line is at a moment, s; what the box finds in
 * itself and what `device.offline` finds is returned in the order of time.
 */
async function story(
  untilS: number,
  line: (s: number) => 'well' | 'away' | 'deaf',
  others = 0,
): Promise<readonly Finding[]> {
  const pace = handPace();
  const now = () => line(pace.monoMs() / 1000);
  const inputs: Input[] = [];
  const open = async (): Promise<Line> => {
    if (now() === 'away') throw new Error('Cannot reach 10.0.0.7:4001');
    return {
      async ask() {
        await pace.wait(now() === 'deaf' ? 1000 : 100, new AbortController().signal);
        if (now() === 'away') throw new Error('10.0.0.7:4001 has hung up');
        if (now() === 'deaf') throw new NoAnswer('silent', 'nobody speaks');
        return { body: new Uint8Array() };
      },
      async close() {},
    };
  };
  const rounds: Rounds = startRounds({
    bus: 'bus-1',
    everyS,
    timeoutMs: 1000,
    open,
    devices: ids.map((id) => toDevice({ id, driver: 'asked' }, asked, {}, 'unknown')),
    intake: {
      take(of, _message, done) {
        inputs.push({ kind: 'power', device: of.id, atMs: noon + pace.monoMs(), powerW: 5 });
        done(null);
      },
    },
    pace,
    log,
  });
  undo.push(rounds.stop);
  const clock = {
    nowMs: () => noon + pace.monoMs(),
    monoMs: pace.monoMs,
    trusted: () => true,
  };
  const elsewhere = Array.from({ length: others }, (_, i) => ({
    id: `x${i}`,
    kinds: ['power' as const],
    intervalS: 10,
  }));
  const box = boxFindings({
    clock,
    health: () => ({ ok: true, parts: [] }),
    notices: [],
    damaged: () => 0,
    lastKeptMs: undefined,
    outbound: { smsDownSinceMs: () => null, cloudTrouble: () => null },
    journal: { stats: () => ({ healthy: true, freeBytes: 1e12 }) as never },
    more: busWatches({
      buses,
      site: { devices: [...devices, ...elsewhere] },
      states: () => [rounds.state()],
      nowMs: clock.nowMs,
      monoMs: clock.monoMs,
    }),
  });
  const own: Finding[] = [];
  for (let s = 0; s <= untilS; s += stepS) {
    inputs.push({ kind: 'tick', atMs: clock.nowMs() });
    own.push(...box.look());
    await pace.pass(stepS * 1000);
  }
  const site = { ...createSite(), devices };
  return [...own, ...run(deviceOffline, {}, inputs, site)].sort((a, b) => a.atMs - b.atMs);
}

const createSite = () => ({ name: '试', utcOffsetMs: 0, points: [], lanes: [] });

/** Plays findings to a desk with duty members and a modem; the SMS that were made, once for each text. */
async function told(findings: readonly Finding[], untilS: number): Promise<readonly string[]> {
  const trial: Trial = await createTrial({ site: { devices, buses } });
  undo.push(trial.close);
  const left = [...findings];
  for (let s = 0; s <= untilS; s += stepS) {
    const due = left.filter(({ atMs }) => atMs <= trial.clock.nowMs());
    for (const one of due) {
      left.splice(left.indexOf(one), 1);
      if (one.rule === 'system.bus') await trial.desk.system(one, trial.clock.nowMs());
      else await trial.apply(one);
    }
    await trial.pass(stepS * 1000, stepS * 1000);
    // A modem that takes at once whatever is due.
    await trial.gate.run(
      "UPDATE outbox SET state = 'sent' WHERE channel = 'sms' AND state = 'waiting' AND next_ms <= ?",
      [trial.clock.nowMs()],
    );
  }
  const rows = await trial.rows('sms');
  const sent = rows.filter(({ state }) => state === 'sent').map(({ text }) => text);
  return [...new Set(sent.filter((text) => text.includes('离线')))].map((text) =>
    text.replace(/^【.*】/, ''),
  );
}

const changes = (findings: readonly Finding[], rule: string) =>
  findings
    .filter((one) => one.rule === rule)
    .map(({ change, atMs }) => [change, (atMs - noon) / 1000]);

for (const how of ['away', 'deaf'] as const) {
  test(`a line that is ${how} is told once, as the line, and none of its ten meters is told`, async () => {
    const findings = await story(1800, (s) => (s >= 300 && s < 1200 ? how : 'well'));
    const [raised, cleared] = changes(findings, 'system.bus');
    expect(raised?.[0]).toBe('raised');
    expect(raised?.[1]).toBeGreaterThanOrEqual(300 + busDownMs / 1000 - everyS);
    expect(raised?.[1], 'before the first meter would be told').toBeLessThan(590);
    expect(cleared?.[0]).toBe('cleared');
    expect(changes(findings, 'device.offline')).toHaveLength(20);
    const back = changes(findings, 'device.offline').filter(([change]) => change === 'cleared');
    expect(Math.max(...back.map(([, s]) => Number(s)))).toBeLessThan(Number(cleared?.[1]));
    const texts = await told(findings, 2000);
    expect(texts).toEqual([expect.stringMatching(/^3号线箱离线2分钟，该处监测暂停/)]);
  });
}

test('a meter that stays silent when the line is back is told then, as itself', async () => {
  const findings = await story(1500, (s) => (s >= 100 && s < 900 ? 'away' : 'well'));
  const dead = findings.filter(
    ({ rule, change, device }) => rule === 'system.bus' || change === 'raised' || device !== 'm003',
  );
  const texts = await told(dead, 1800);
  expect(texts).toEqual([
    expect.stringMatching(/^3号线箱离线/),
    expect.stringMatching(/^3号楼离线/),
  ]);
});

test('a line that fails and answers again within two minutes is nobody’s business', async () => {
  const findings = await story(900, (s) => (s >= 300 && s < 360 ? 'away' : 'well'));
  expect(findings).toEqual([]);
});

test('a line with a tenth of all meters or more is grave, a smaller one is not', async () => {
  const away = (s: number) => (s >= 20 ? 'away' : 'well');
  const [some] = await story(200, away, 90);
  expect(some).toMatchObject({ rule: 'system.bus', severity: 'major', device: 'bus-1' });
  const [few] = await story(200, away, 91);
  expect(few).toMatchObject({ rule: 'system.bus', severity: 'minor' });
  expect(few?.text.zh).toBe(
    '总线3号线箱中断，其上10台设备的监测暂停，请检查转换器的供电、网线和接线。',
  );
});

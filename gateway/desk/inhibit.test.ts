import { afterEach, expect, test } from 'vitest';
import type { Finding } from '../../rules/finding.ts';
import { createTrial, noon, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

const raised = (rule: string, about: object, severity: Finding['severity']): Finding => ({
  id: `${rule}/${Object.values(about)[0]}/${noon}`,
  rule,
  ...about,
  change: 'raised',
  severity,
  atMs: noon,
  sinceMs: noon - 300_000,
  evidence: { minutes: 5 },
  text: { zh: '试', en: 'trial' },
});
/** Which alert is kept quiet, and why. */
const quiet = async ({ desk }: Trial) =>
  Object.fromEntries((await desk.openAlerts()).map((one) => [one.key, one.quiet ?? null]));

test('a feeder without power silences the houses and meters below it, and is itself told', async () => {
  trial = await createTrial();
  await trial.apply(raised('load.lost', { point: 'feeder-1' }, 'major'));
  await trial.apply(
    raised('load.lost', { point: 'b001' }, 'major'),
    raised('device.offline', { device: 'm001' }, 'minor'),
  );
  expect(await quiet(trial)).toEqual({
    'load.lost/feeder-1': null,
    'load.lost/b001': 'inhibited',
    'device.offline/m001': 'inhibited',
  });
});

test('a meter that is offline silences what it would have said of load, but never what is critical', async () => {
  trial = await createTrial();
  await trial.apply(raised('device.offline', { device: 'm001' }, 'minor'));
  await trial.apply(overloadAt('b001', 2, noon), overloadAt('b002', 2, noon));
  expect(await quiet(trial)).toMatchObject({
    'load.overload/b001': 'inhibited',
    'load.overload/b002': null,
  });
  await trial.apply(overloadAt('b001', 3, noon + 60_000, { change: 'changed', sinceMs: noon }));
  expect((await quiet(trial))['load.overload/b001']).not.toBe('inhibited');
});

test('a bus that is down silences its meters, and a house that is dark only as far as its meter is silent', async () => {
  const devices = ['b001', 'b002', 'b003'].map((point, i) => ({
    id: `m${point.slice(1)}`,
    point,
    kinds: ['power' as const],
    intervalS: 10,
    ...(i < 2 ? { bus: 'bus-1' } : {}),
  }));
  trial = await createTrial({ site: { devices, buses: [{ id: 'bus-1' }] } });
  const silent = (point: string, of: boolean): Finding => ({
    ...raised('load.lost', { point }, 'major'),
    evidence: { silent: of },
  });
  await trial.apply(raised('system.bus', { device: 'bus-1' }, 'minor'));
  await trial.apply(
    raised('device.offline', { device: 'm001' }, 'minor'),
    raised('device.offline', { device: 'm003' }, 'minor'),
    silent('b001', true),
    silent('b002', false),
    silent('b003', true),
  );
  expect(await quiet(trial)).toEqual({
    'system.bus/bus-1': null,
    'device.offline/m001': 'inhibited',
    'device.offline/m003': null,
    'load.lost/b001': 'inhibited',
    'load.lost/b002': null,
    'load.lost/b003': null,
  });
});

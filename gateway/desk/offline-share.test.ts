import { afterEach, expect, test } from 'vitest';
import type { Finding } from '../../rules/finding.ts';
import { createTrial, noon, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

const offline = (device: string, atMs: number): Finding => ({
  id: `device.offline/${device}/${atMs}`,
  rule: 'device.offline',
  device,
  change: 'raised',
  severity: 'minor',
  atMs,
  sinceMs: atMs - 300_000,
  evidence: { minutes: 5 },
  text: { zh: '已5分钟没有消息。', en: 'Silent for 5 min.' },
});
const meters = Array.from({ length: 40 }, (_, i) => ({
  id: `m${i + 1}`,
  point: `b${i + 1}`,
  kinds: ['power' as const],
  intervalS: 10,
}));

test('the meter with which a tenth of them is silent is major and says how many, the others are minor', async () => {
  trial = await createTrial({ site: { devices: meters } });
  // Half an hour apart: no storm merges them.
  for (const { id } of meters.slice(0, 6)) {
    await trial.apply(offline(id, trial.clock.nowMs()));
    await trial.pass(30 * 60_000);
  }
  const found = await trial.desk.openAlerts();
  const severities = Object.fromEntries(found.map(({ subject, severity }) => [subject, severity]));
  expect(severities).toEqual({
    m1: 'minor',
    m2: 'minor',
    m3: 'minor',
    m4: 'major',
    m5: 'minor',
    m6: 'minor',
  });
  const [fourth] = found.filter(({ subject }) => subject === 'm4');
  expect(fourth?.text.zh).toBe('已5分钟没有消息。共4块电表（10%）没有消息，请查网络和供电。');
});

test('cameras do not count as meters, and two of three are two meters', async () => {
  const few = [
    ...meters.slice(0, 3),
    { id: 'cam-1', lane: 'in-1', kinds: ['passage' as const], intervalS: 30 },
  ];
  trial = await createTrial({ site: { devices: few } });
  await trial.apply(offline('m1', noon), offline('m2', noon), offline('cam-1', noon));
  expect((await trial.desk.openAlerts()).map(({ severity }) => severity)).toEqual([
    'minor',
    'minor',
    'minor',
  ]);
});

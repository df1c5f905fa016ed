import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readAudit } from '../privacy/audit.ts';
import {
  addMaintenance,
  endMaintenance,
  longestWorkMs,
  maxWorks,
  worksBetween,
  worksFrom,
} from './maintenance.ts';
import { createTrial, noon, overloadAt, type Trial, trialParts } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});
const hour = 3_600_000;
const editor = { who: '主任', role: 'chair', nowMs: noon };
const { site } = trialParts(mkdtempSync(join(tmpdir(), 'works-')));
const start = async () => {
  const feeder = { id: 'feeder-1', title: '1号馈线', kind: 'feeder' as const };
  const full = { ...site, points: [feeder, ...site.points] };
  trial = await createTrial({ site: full });
  const announce = (work: Partial<Parameters<typeof addMaintenance>[2]>) =>
    addMaintenance(
      (trial as Trial).gate,
      full,
      {
        kind: 'point',
        subject: 'b012',
        fromMs: noon,
        untilMs: noon + 2 * hour,
        reason: '换电表',
        ...work,
      },
      editor,
    );
  return { ...trial, announce };
};
const told = async ({ rows }: Pick<Trial, 'rows'>) =>
  (await rows('sms')).map((row) => row.message_id);

test('during announced works an alert is recorded and nobody is told; what lasts is told when they are over', async () => {
  const now = await start();
  await now.announce({});
  await now.apply(overloadAt('b012', 2, noon), overloadAt('b013', 2, noon));
  const alerts = await now.desk.openAlerts();
  expect(alerts.map(({ subject, quiet }) => [subject, quiet])).toEqual([
    ['b013', undefined],
    ['b012', 'maintenance'],
  ]);
  expect(await told(now)).toEqual(['load.overload.major']);
  await now.pass(hour);
  expect((await now.rows('sms')).every(({ text }) => !text.includes('12号楼'))).toBe(true);
  // It ends by itself.
  await now.pass(hour + 60_000);
  expect((await now.rows('sms')).some(({ text }) => text.includes('12号楼'))).toBe(true);
});

test('what is critical is told whatever was announced', async () => {
  const now = await start();
  await now.announce({ kind: 'site', subject: '' });
  await now.apply(overloadAt('b012', 2, noon), overloadAt('b013', 3, noon));
  expect(await told(now)).toEqual(['load.overload.critical']);
});

test('works on a feeder cover the houses and meters below it, works on a meter that meter alone', async () => {
  const now = await start();
  await now.announce({ subject: 'feeder-1' });
  const silent = {
    ...overloadAt('b012', 1, noon),
    id: 'device.offline/m012',
    rule: 'device.offline',
    device: 'm012',
  };
  const { point: _, ...offline } = silent;
  await now.apply(overloadAt('b012', 2, noon), offline);
  expect((await now.desk.openAlerts()).map(({ quiet }) => quiet)).toEqual([
    'maintenance',
    'maintenance',
  ]);
  const [work] = await worksFrom(now.gate, noon);
  await endMaintenance(now.gate, work?.id ?? 0, editor);
  await now.announce({ kind: 'device', subject: 'm013' });
  const other = { ...offline, id: 'device.offline/m013', device: 'm013' };
  await now.apply(other, { ...offline, id: 'device.offline/m014', device: 'm014' });
  const quiets = Object.fromEntries(
    (await now.desk.openAlerts()).map((one) => [one.subject, one.quiet]),
  );
  expect([quiets.m013, quiets.m014]).toEqual(['maintenance', undefined]);
});

test('works that have not begun silence nothing, and can be taken back; the audit has all of it', async () => {
  const now = await start();
  await now.announce({ fromMs: noon + hour });
  await now.apply(overloadAt('b012', 2, noon));
  expect(await told(now)).toEqual(['load.overload.major']);
  const [work] = await worksFrom(now.gate, noon);
  expect(work).toMatchObject({ title: '12号楼', reason: '换电表', author: '主任' });
  await endMaintenance(now.gate, work?.id ?? 0, editor);
  expect(await worksFrom(now.gate, noon)).toEqual([]);
  expect(await worksBetween(now.gate, 0, noon + 9 * hour), 'never begun: not reported').toEqual([]);
  await expect(endMaintenance(now.gate, work?.id ?? 0, editor)).rejects.toThrow('over');
  expect(
    (await readAudit(now.gate, {})).map(({ action, object }) => `${action} ${object}`),
  ).toEqual(['maintenance.add point b012', 'maintenance.end 1']);
});

test('works have a place, a reason and an end, and are bounded', async () => {
  const now = await start();
  for (const wrong of [
    { subject: 'b999' },
    { kind: 'site', subject: 'b012' },
    { reason: ' ' },
    { untilMs: noon },
    { untilMs: noon + longestWorkMs + 1 },
    { fromMs: noon + 61 * 86_400_000, untilMs: noon + 61 * 86_400_000 + hour },
  ] as const)
    await expect(now.announce(wrong)).rejects.toThrow();
  for (let n = 0; n < maxWorks; n += 1) await now.announce({});
  await expect(now.announce({})).rejects.toThrow('Too many');
});

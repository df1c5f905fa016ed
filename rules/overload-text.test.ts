import { expect, test } from 'vitest';
import type { PowerReading } from '../drivers/reading.ts';
import { overload } from './overload.ts';
import { run, testSite } from './run.ts';
import type { Limits, Site } from './site.ts';

/** What is said first of a house with these limits, at `currentA` since `fromS`. */
function said(limits: Limits, currentA: number, seconds: number): string[] {
  const site: Site = {
    ...testSite,
    points: [{ id: 'b1', title: '1号楼', kind: 'building', limits }],
  };
  const readings = Array.from({ length: seconds / 10 }, (_, i): PowerReading => {
    const atMs = Date.UTC(2026, 0, 15, 11) + i * 10_000;
    return { kind: 'power', device: 'm1', atMs, powerW: 1, phases: [{ currentA }] };
  });
  const last = run(overload, {}, readings, site).at(-1);
  // The doubt that follows is held by doubt.test.ts.
  return [last?.text.zh.split('始于')[0] ?? '', last?.text.en.split(' Since ')[0] ?? ''];
}
const breaker = { ratedA: 40, curve: 'C' } as const;

test('60 A on a 40 A breaker: within which time it trips, from its curve, and what to switch off first', () =>
  expect(said({ breaker }, 60, 90)).toEqual([
    '1号楼用电60安，断路器额定40安，达150%，已持续1分钟。断路器预计3分钟至49分钟内跳闸。有起火危险，请立即到场断开大功率电器，先停空调、电热水器和取暖器，见烟火拨119。',
    '1号楼: 60 A on a limit of 40 A (breaker rating), 150 %, for 1 min. The breaker trips within 3 min to 49 min. Fire risk: go now, unplug heavy loads, air conditioners, water heaters and heaters first; call 119 on smoke.',
  ]));

test('52 A: from when on it may, and that it need not; 44 A: that it never need', () => {
  expect(said({ breaker }, 52, 1200)[0]).toContain('断路器最早15分钟后跳闸，也可能不跳。');
  expect(said({ breaker }, 44, 700)).toEqual([
    '1号楼用电44安，断路器额定40安，达110%，已持续10分钟。断路器在此电流下可能一直不跳闸。请尽快上门减负荷，先停空调、电热水器和取暖器。',
    '1号楼: 44 A on a limit of 40 A (breaker rating), 110 %, for 10 min. At this current the breaker may never trip. Visit soon and reduce load: air conditioners, water heaters, heaters first.',
  ]);
});

test('where no breaker was surveyed nothing is claimed of it', () => {
  const [zh, en] = said({ contractA: 40 }, 60, 90);
  expect(zh).toContain('断路器没有登记，何时跳闸不明。');
  expect(en).toContain('Its breaker was not surveyed: when it trips is unknown.');
});

test('below the limit a breaker is not waited for', () =>
  expect(said({ breaker }, 37, 1200)).toEqual([
    '1号楼用电37安，断路器额定40安，15分钟平均达93%，已持续12分钟。请提醒错峰用电。',
    '1号楼: 37 A on a limit of 40 A (breaker rating), 15-minute mean 93 %, for 12 min. Ask tenants to shift load.',
  ]));

import { expect, test } from 'vitest';
import { GatewayConfig } from '../config/schema.ts';
import { type BreachFacts, breachKinds, breachKit } from './breach.ts';

const config = GatewayConfig.parse({
  site: { name: '杜巷小区' },
  privacy: {
    processor: '杜巷村民委员会',
    contact: '021-50000000',
    version: '1.0',
    date: '2026-11-01',
  },
});
const discoveredMs = Date.parse('2026-11-20T09:00:00+08:00');
const facts: BreachFacts = {
  kind: 'leaked',
  discoveredMs,
  fromMs: discoveredMs - 86_400_000,
  toMs: discoveredMs,
  cause: '备份盘遗失',
  measures: '已换钥并停用该盘',
  withKeys: false,
};
const kept = [
  { zh: '通行记录', en: 'passages', rows: 1234, oldestMs: 0 },
  { zh: '车牌假名', en: 'plates as keyed hashes', rows: 0, oldestMs: null },
];
const utcOffsetMs = 8 * 3_600_000;

test('each text says what the law asks for, in both languages: kinds, cause, harm, measures, what one can do, whom to ask', () => {
  for (const kind of breachKinds) {
    const kit = breachKit(config, kept, { ...facts, kind }, utcOffsetMs);
    for (const { zh, en } of [kit.authority, kit.persons, kit.guardians]) {
      const parts = [
        ['通行记录 1234', 'passages 1234'],
        ['备份盘遗失', '备份盘遗失'],
        ['可能的危害', 'Possible harm'],
        ['已换钥并停用该盘', '已换钥并停用该盘'],
        ['您可以采取的措施', 'What you can do'],
        ['杜巷村民委员会', '杜巷村民委员会'],
        ['021-50000000', '021-50000000'],
        ['2026-11-19 09:00 – 2026-11-20 09:00', '2026-11-19 09:00 – 2026-11-20 09:00'],
      ] as const;
      for (const [one, other] of parts) {
        expect(zh).toContain(one);
        expect(en).toContain(other);
      }
      expect(zh, 'what is not there is not affected').not.toContain('车牌假名');
    }
    expect(kit.guardians.zh).toContain('监护人');
  }
});

test('the deadlines are counted from the discovery, at the site; what the law leaves open is said to be our own goal', () => {
  const { steps } = breachKit(config, kept, facts, utcOffsetMs);
  expect(steps.zh).toContain('最迟 2026-11-20 13:00');
  expect(steps.zh).toContain('本系统目标 2026-11-21 09:00');
  expect(steps.en).toContain('2026-11-20 13:00 at the latest');
});

test('that keys got out changes the harm that is told', () => {
  const sealed = breachKit(config, kept, facts, utcOffsetMs).persons.zh;
  const open = breachKit(config, kept, { ...facts, withKeys: true }, utcOffsetMs).persons.zh;
  expect(sealed).toContain('他人无法读取');
  expect(open).not.toContain('他人无法读取');
  expect(open).toContain('可能被他人知悉');
});

test('without the processor in the configuration there is no text', () => {
  const bare = GatewayConfig.parse({ site: { name: '杜巷小区' } });
  expect(() => breachKit(bare, kept, facts, utcOffsetMs)).toThrow('processor and contact');
});

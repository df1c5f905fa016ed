import { expect, test } from 'vitest';
import { withDoubt } from './doubt.ts';
import { rules } from './index.ts';
import { overload } from './overload.ts';
import { run } from './run.ts';

/** 20:50 in Shanghai. */
const eveningMs = Date.UTC(2026, 2, 16, 12, 50);
const moment = { sinceMs: eveningMs, atMs: eveningMs + 600_000, utcOffsetMs: 8 * 3_600_000 };
/** Their words name all of it themselves; their own tests hold that. */
const saidThemselves = ['load.ebike', 'load.ebike.repeat', 'load.ebike.watch'];

test('every rule says since when, against which limit, what else it could be and what nobody measured', async () => {
  const said = rules
    .filter(({ id }) => !saidThemselves.includes(id))
    .map((rule) => {
      const doubt = rule.doubt?.(rule.config.parse({}));
      if (!doubt) throw new Error(`${rule.id} owes its doubts`);
      return [rule.id, ...Object.values(withDoubt({ zh: '…。', en: '… .' }, doubt, moment))];
    });
  for (const [id, zh, en] of said) {
    expect(zh, id).toMatch(/^…。始于20:50.*也可能是：.*\p{Script=Han}。$/u);
    expect(en, id).not.toMatch(/\p{Script=Han}/u);
  }
  await expect(said.map((lines) => lines.join('\n')).join('\n\n')).toMatchFileSnapshot(
    './doubts.golden.txt',
  );
});

test('what is raised on another day says which', () => {
  const doubt = { could: { zh: '甲', en: 'a' }, blind: { zh: '乙', en: 'B' } };
  expect(
    withDoubt({ zh: '丙。', en: 'C.' }, doubt, { ...moment, atMs: eveningMs + 6 * 3_600_000 }),
  ).toEqual({
    zh: '丙。始于03-16 20:50。也可能是：甲。乙。',
    en: 'C. Since 03-16 20:50. It could also be: a. B.',
  });
});

test('an overload is told whole, and its end briefly', () => {
  const amperes = (fromS: number, toS: number, currentA: number) =>
    Array.from({ length: (toS - fromS) / 10 }, (_, i) => ({
      kind: 'power' as const,
      device: 'm1',
      atMs: eveningMs + (fromS + i * 10) * 1000,
      powerW: currentA * 220,
      phases: [{ currentA }],
    }));
  const findings = run(overload, {}, [...amperes(0, 120, 60), ...amperes(120, 7200, 10)]);
  expect(findings.map(({ change, text }) => [change, text.zh])).toMatchInlineSnapshot(`
    [
      [
        "raised",
        "1号楼用电60安，合同容量40安，达150%，已持续1分钟。断路器没有登记，何时跳闸不明。有起火危险，请立即到场断开大功率电器，先停空调、电热水器和取暖器，见烟火拨119。始于20:50。也可能是：短时同时启动的大功率电器，或互感器变比设错。电表看不到是哪一户、哪件电器，也量不到线温。",
      ],
      [
        "changed",
        "1号楼用电10安，合同容量40安，达25%，已持续2分钟。请提醒错峰用电。始于20:50。也可能是：短时同时启动的大功率电器，或互感器变比设错。电表看不到是哪一户、哪件电器，也量不到线温。",
      ],
      [
        "cleared",
        "1号楼电流已降至10安（限值40安），过载解除。",
      ],
    ]
  `);
});

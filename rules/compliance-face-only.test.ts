import { expect, test } from 'vitest';
import { complianceFaceOnly } from './compliance-face-only.ts';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';

const site = {
  ...testSite,
  devices: [
    { id: 'face-1', lane: 'in-1', kinds: ['passage' as const], intervalS: 60, personal: true },
    { id: 'card-1', lane: 'in-1', kinds: ['passage' as const, 'status' as const], intervalS: 60 },
  ],
};
const face = (atS: number): Input => ({
  kind: 'passage',
  device: 'face-1',
  lane: 'in-1',
  direction: 'in',
  credential: 'face',
  result: 'registered',
  atMs: atS * 1000,
});
const card = (atS: number): Input => ({
  kind: 'status',
  device: 'card-1',
  online: true,
  atMs: atS * 1000,
});

function* day(
  toS: number,
  cardUntilS: number,
  cardFromS = Number.POSITIVE_INFINITY,
): Generator<Input> {
  for (let s = 0; s < toS; s += 60) {
    yield { kind: 'tick', atMs: s * 1000 };
    yield face(s);
    if (s < cardUntilS || s >= cardFromS) yield card(s);
  }
}

test('a dead card reader beside a face terminal is told after ten minutes, and when it is back', () => {
  const findings = run(complianceFaceOnly, {}, day(3000, 300, 2000), site);
  expect(findings.map((f) => [f.change, f.severity])).toEqual([
    ['raised', 'major'],
    ['cleared', 'info'],
  ]);
  expect(findings[0]?.text.zh).toContain('只能刷脸通行');
});

test('a quiet night with two passages by face is no fault', () => {
  expect(
    run(
      complianceFaceOnly,
      {},
      [
        ...day(120, 60),
        ...Array.from(
          { length: 100 },
          (_, i): Input => ({ kind: 'tick', atMs: (120 + i * 60) * 1000 }),
        ),
      ],
      site,
    ),
  ).toEqual([]);
});

test('a staffed lane has another way', () => {
  const staffed = { ...site, lanes: [{ id: 'in-1', direction: 'in' as const, staffed: true }] };
  expect(run(complianceFaceOnly, {}, day(3000, 300), staffed)).toEqual([]);
});

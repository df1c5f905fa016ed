import type { Finding } from './finding.ts';
import { createFold } from './fold.ts';
import type { Input, Rule } from './rule.ts';
import type { Site } from './site.ts';

/** A site of one building with one meter, `m1` on `b1`, in Shanghai. Tests change what they need. */
export const testSite: Site = {
  name: '杜巷',
  utcOffsetMs: 8 * 3_600_000,
  points: [{ id: 'b1', title: '1号楼', kind: 'building', rooms: 10, limits: { contractA: 40 } }],
  lanes: [{ id: 'in-1', title: '入口', direction: 'in', loop: 'loop' }],
  devices: [
    { id: 'm1', point: 'b1', kinds: ['power'], intervalS: 10 },
    {
      id: 'cam-1',
      lane: 'in-1',
      kinds: ['passage', 'presence', 'barrier', 'status'],
      intervalS: 30,
    },
  ],
};

/** Runs one rule over inputs; for tests and for "what would it have said?". */
export function run(
  rule: Rule,
  settings: Readonly<Record<string, unknown>>,
  inputs: Iterable<Input>,
  site: Site = testSite,
): Finding[] {
  const config = rule.config.parse(settings);
  const fold = createFold(site, [{ rule, config, mode: 'live' }]);
  const findings: Finding[] = [];
  for (const input of inputs) findings.push(...fold.take(input));
  return findings;
}

import { expect, test } from 'vitest';
import { drillWatch } from './drill-watch.ts';

test('a month without a drill is told with its name, and nothing is said of one with', () => {
  let missing: string | null = null;
  const watch = drillWatch(() => missing);
  expect(watch.ill()).toBeNull();
  missing = '2026-05';
  expect(watch.ill()?.text.zh).toBe('2026-05还没有做短信演练，请主任在“排班”页开始一次。');
});

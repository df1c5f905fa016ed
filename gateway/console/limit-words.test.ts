import { expect, test } from 'vitest';
import { z } from 'zod';
import { rules } from '../../rules/index.ts';
import { limitWords } from './pages/src/limit-words.ts';

test('every limit of every rule is told in Chinese, and no words are left of a limit that is gone', () => {
  const limits = Object.fromEntries(
    rules.map(({ id, config }) => {
      const { properties = {} } = z.toJSONSchema(config, { io: 'input' });
      return [id, Object.keys(properties).sort()];
    }),
  );
  const told = Object.fromEntries(
    rules.map(({ id }) => [id, Object.keys(limitWords[id] ?? {}).sort()]),
  );
  expect(told).toEqual(limits);
  expect(Object.keys(limitWords).filter((id) => !(id in limits))).toEqual([]);
  for (const words of Object.values(limitWords).flatMap((one) => Object.values(one)))
    expect(words).toMatch(/\p{Script=Han}/u);
});

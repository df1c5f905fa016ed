import { expect, test } from 'vitest';
import { rules } from '../../rules/index.ts';
import { ruleSentences } from './pages/src/rule-sentences.ts';

test('every rule has a sentence in Chinese and English, and no sentence is of a rule that is not there', () => {
  expect(Object.keys(ruleSentences).sort()).toEqual(rules.map(({ id }) => id).sort());
  for (const { zh, en } of Object.values(ruleSentences)) {
    expect(zh).toMatch(/\p{Script=Han}/u);
    expect(en).not.toMatch(/\p{Script=Han}/u);
  }
});

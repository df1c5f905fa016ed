import type { ArmedRule } from '../../rules/fold.ts';

/**
 * One rule and those that it hears; only what it says itself is of interest. Empty where no rule has this id. A rule that is
 * switched off may be tried too, and is heard by the one that is.
 */
export function chosenRules(rules: readonly ArmedRule[], id: string): readonly ArmedRule[] {
  const chosen = rules.find(({ rule }) => rule.id === id);
  if (!chosen) return [];
  const heard = chosen.rule.hears ?? [];
  return rules
    .filter((one) => one === chosen || heard.includes(one.rule.id))
    .map((one) => (one.mode === 'off' ? { ...one, mode: 'live' as const } : one));
}

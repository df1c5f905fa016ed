import type { ArmedRule } from '../../rules/fold.ts';

/** One rule and those that it hears; only what it says itself is of interest. Empty where no rule has this id. */
export function chosenRules(rules: readonly ArmedRule[], id: string): readonly ArmedRule[] {
  const chosen = rules.find(({ rule }) => rule.id === id);
  if (!chosen) return [];
  const heard = chosen.rule.hears ?? [];
  return rules.filter((one) => one === chosen || heard.includes(one.rule.id));
}

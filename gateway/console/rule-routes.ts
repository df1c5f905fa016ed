import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ArmedRule } from '../../rules/fold.ts';
import { type RuleFigures, ruleFigures } from '../desk/rule-figures.ts';
import type { Guard } from './guard.ts';
import type { ConsoleParts } from './parts.ts';

const weekMs = 7 * 86_400_000;
const silent: RuleFigures = { live: 0, shadow: 0, falseAlarms: 0, last: [] };

/** Every rule: whether it speaks or is on trial, its limits, and what it said in the last seven days. */
export function ruleRoutes(
  api: FastifyInstance,
  { rules, gate, clock }: ConsoleParts,
  guard: Guard,
): void {
  api.get('/rules', { preHandler: guard.needs('rules.read') }, async () => {
    const nowMs = clock.nowMs();
    const figures = await ruleFigures(gate, nowMs - weekMs, nowMs + 1);
    return {
      nowMs,
      rules: rules.map((armed) => ({
        id: armed.rule.id,
        title: armed.rule.title,
        mode: armed.mode,
        limits: limitsOf(armed),
        week: figures.get(armed.rule.id) ?? silent,
      })),
    };
  });
}

/** The settings of a rule with their values now, and whether they are those it came with. */
function limitsOf({ rule, config }: ArmedRule) {
  const schema = z.toJSONSchema(rule.config, { io: 'input' });
  const values = config as Readonly<Record<string, unknown>>;
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    if (typeof property === 'boolean') return [];
    const value = values[key];
    return [
      {
        key,
        value: value === undefined ? null : value,
        changed: JSON.stringify(value) !== JSON.stringify(property.default),
        ...(property.description === undefined ? {} : { description: property.description }),
      },
    ];
  });
}

import { z } from 'zod';
import { startingMode } from '../../rules/fold.ts';
import { rules } from '../../rules/index.ts';
import type { Rule } from '../../rules/rule.ts';
import { GatewayConfig } from './schema.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** JSON Schema of gateway.yaml (2020-12): editors complete keys and mark mistakes with it. */
export function configSchema(): object {
  const schema = z.toJSONSchema(GatewayConfig, { io: 'input' }) as Record<string, unknown>;
  const properties = schema.properties as Record<string, unknown>;
  properties.rules = {
    type: 'object',
    description:
      'Overrides by rule id, which is one key with its dots: `load.overload: { mode: shadow }`.',
    additionalProperties: false,
    properties: Object.fromEntries(rules.map((rule) => [rule.id, ruleSchema(rule)])),
  };
  return { title: 'gateway.yaml of gatehouse', ...schema };
}

function ruleSchema(rule: Rule): object {
  const schema = z.toJSONSchema(rule.config, { io: 'input' }) as Record<string, unknown>;
  delete schema.$schema;
  const mode = {
    enum: ['live', 'shadow', 'off'],
    default: startingMode(rule),
    description: 'shadow: what it finds is recorded, nobody is told.',
  };
  return { ...schema, properties: { mode, ...(schema.properties as object) } };
}

/** The configuration reference, as Markdown: every key with its meaning, from the schema. */
export function configReference(): string {
  const lines = [
    '# Configuration reference',
    '',
    'One YAML file, `gateway.yaml`. Unknown keys are refused. This page is made from the schema by `npm run docs`;',
    'a test keeps it fresh. `deploy/gateway.schema.json` is the same for editors: begin the file with',
    '`# yaml-language-server: $schema=gateway.schema.json`.',
    '',
    '| key | value | default | meaning |',
    '| --- | --- | --- | --- |',
  ];
  walk('', configSchema() as Schema, lines);
  return `${lines.join('\n')}\n`;
}

function walk(prefix: string, schema: Schema, lines: string[]): void {
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const item = child.items;
    const path = `${prefix}${key}${item ? '[]' : ''}`;
    const needed = schema.required?.includes(key) ? 'needed' : shown(child.default);
    const text = (child.description ?? item?.description ?? '').replaceAll('|', '\\|');
    lines.push(`| \`${path}\` | ${cellOf(item ?? child)} | ${needed} | ${text} |`);
    walk(`${path}.`, item ?? child, lines);
  }
}

const shown = (value: unknown): string =>
  value === undefined || (typeof value === 'object' && value !== null)
    ? ''
    : `\`${String(value)}\``;

function cellOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((one) => `\`${String(one)}\``).join(' ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.anyOf) return schema.anyOf.map(cellOf).join(' or ');
  const from = schema.minimum ?? schema.exclusiveMinimum;
  const to = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  const range = [
    ...(from === undefined || from < -1e15
      ? []
      : [`${schema.minimum === undefined ? '>' : '≥'} ${from}`]),
    ...(to === undefined ? [] : [`≤ ${to}`]),
  ].join(', ');
  return [schema.type ?? '', range].filter(Boolean).join(' ');
}

import type { Severity } from '../../rules/finding.ts';

const order: readonly Severity[] = ['info', 'minor', 'major', 'critical'];

/** 0 info to 3 critical; -1 for none. */
export const rank = (severity: Severity | null | undefined): number =>
  severity ? order.indexOf(severity) : -1;

/** The highest of some severities; info when there is none. */
export const highest = (severities: readonly Severity[]): Severity =>
  order[Math.max(0, ...severities.map(rank))] ?? 'info';

import type { Role } from './accounts.ts';

/** What somebody may do. Everything else is refused. */
export type Right = 'alerts.read' | 'alerts.act' | 'loads.read' | 'devices.read' | 'reports.read';

/** The matrix of roles and rights; the property company sees the gate, not the houses. */
const rights: Readonly<Record<Role, ReadonlySet<Right>>> = {
  duty: new Set(['alerts.read', 'alerts.act', 'loads.read', 'devices.read', 'reports.read']),
  chair: new Set(['alerts.read', 'alerts.act', 'loads.read', 'devices.read', 'reports.read']),
  property: new Set(['alerts.read', 'alerts.act']),
  grid: new Set(['alerts.read', 'reports.read']),
  installer: new Set(['devices.read', 'loads.read']),
  maintainer: new Set(['devices.read']),
  auditor: new Set(['reports.read']),
};

export const may = (role: Role, right: Right): boolean => rights[role].has(right);

/** The property company acts on the gate only. */
export const seesAlert = (role: Role, rule: string): boolean =>
  role !== 'property' || rule.startsWith('gate.') || rule === 'device.offline';

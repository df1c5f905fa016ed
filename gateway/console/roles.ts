/** Who may do what is decided by role. */
export const roles = [
  'duty',
  'chair',
  'property',
  'grid',
  'installer',
  'maintainer',
  'auditor',
] as const;
export type Role = (typeof roles)[number];

/** What somebody may do. Everything else is refused. */
export type Right =
  | 'alerts.read'
  | 'alerts.act'
  | 'loads.read'
  | 'devices.read'
  | 'devices.adopt'
  | 'gate.read'
  | 'gate.open'
  | 'gate.plates'
  | 'reports.read'
  | 'boards.read'
  | 'boards.mark'
  | 'boards.release'
  | 'cases.read'
  | 'cases.act'
  | 'roster.read'
  | 'roster.swap'
  | 'roster.write'
  | 'rules.read'
  | 'rules.try'
  | 'system.read'
  | 'privacy.read'
  | 'holds.ask'
  | 'holds.approve'
  | 'accounts.manage';

const dutyRights = [
  'alerts.read',
  'alerts.act',
  'gate.read',
  'loads.read',
  'devices.read',
  'reports.read',
  'boards.read',
  'boards.mark',
  'cases.read',
  'cases.act',
  'roster.read',
  'roster.swap',
  'rules.read',
] as const satisfies readonly Right[];

/** The matrix of roles and rights; the property company sees the gate, not the houses; maintainers see no persons. */
const rights: Readonly<Record<Role, ReadonlySet<Right>>> = {
  duty: new Set(dutyRights),
  chair: new Set<Right>([
    ...dutyRights,
    'gate.open',
    'gate.plates',
    'boards.release',
    'privacy.read',
    'holds.ask',
    'holds.approve',
    'roster.write',
    'rules.try',
    'system.read',
    'accounts.manage',
    'devices.adopt',
  ]),
  property: new Set<Right>([
    'alerts.read',
    'alerts.act',
    'gate.read',
    'gate.open',
    'gate.plates',
    'roster.read',
  ]),
  grid: new Set<Right>([
    'alerts.read',
    'reports.read',
    'boards.read',
    'boards.release',
    'privacy.read',
    'holds.approve',
    'cases.read',
    'cases.act',
  ]),
  installer: new Set<Right>(['devices.read', 'devices.adopt', 'loads.read', 'system.read']),
  maintainer: new Set<Right>(['devices.read', 'rules.read', 'rules.try', 'system.read']),
  auditor: new Set<Right>(['reports.read', 'boards.read', 'privacy.read', 'rules.read']),
};

export const may = (role: Role, right: Right): boolean => rights[role].has(right);

/** For the pages: what to show at all. The API asks again at every call. */
export const rightsOf = (role: Role): readonly Right[] => [...rights[role]];

/** The property company acts on the gate only. */
export const seesAlert = (role: Role, rule: string): boolean =>
  role !== 'property' ||
  rule.startsWith('gate.') ||
  rule === 'device.offline' ||
  rule === 'system.bus';

import type { Text } from '../../drivers/text.ts';

/** What what is kept of people may be used for; each class has its own (PR-07). */
export const purposes = {
  gate: { zh: '门岗安全与通行', en: 'safety and passage at the gate' },
  report: { zh: '门岗统计（不含车牌）', en: 'figures of the gate, without plates' },
  export: { zh: '处理者导出', en: 'export by the processor' },
  rights: { zh: '当事人行使权利', en: 'rights of a person' },
  retention: { zh: '到期清除与保全', en: 'purge, and holds' },
  inventory: { zh: '存量统计（只计数）', en: 'how much is kept: counts alone' },
  security: { zh: '加密与换钥', en: 'sealing, and new keys' },
  duty: { zh: '通知值班人员', en: 'telling whoever is on duty' },
  login: { zh: '登录控制台', en: 'logging in to the console' },
} as const satisfies Readonly<Record<string, Text>>;
export type Purpose = keyof typeof purposes;

/** Acts of the console and the commands that stand in the audit under a word of their own. */
const ofAudit: Readonly<Record<string, Text>> = {
  console: { zh: '控制台操作', en: 'work in the console' },
  roster: { zh: '排班', en: 'the roster' },
  hold: { zh: '保全', en: 'holds' },
  accounts: { zh: '账号管理', en: 'accounts' },
  'log-in': purposes.login,
};

/** A purpose of the audit as people say it. */
export const purposeText = (purpose: string): Text =>
  (purposes as Readonly<Record<string, Text>>)[purpose] ??
  ofAudit[purpose] ?? { zh: purpose, en: purpose };

/** Tables with people in them, by class of the requirements' table 2. */
export const personalTables = {
  event: ['F3', 'V1', 'V2'],
  restricted_event: ['F3', 'V1', 'V2'],
  consent: ['C1'],
  people: ['A2'],
  account: ['A2'],
  session: ['A2'],
  recovery: ['A2'],
} as const;
export type PersonalTable = keyof typeof personalTables;

/**
 * Every file that speaks to such a table, and what for. A test walks over the sources: a file that is not here, or that is
 * here and does no such thing, fails it.
 */
export const touching: Readonly<
  Record<string, Readonly<Partial<Record<PersonalTable, readonly Purpose[]>>>>
> = {
  'gateway/journal/events.ts': { event: ['gate', 'report', 'export', 'inventory'] },
  'gateway/journal/seal-old.ts': { event: ['security'] },
  'gateway/journal/device-figures.ts': { event: ['inventory'] },
  'gateway/journal/stored.ts': { event: ['inventory'] },
  'gateway/journal/recover.ts': { event: ['gate'] },
  'gateway/journal/retention.ts': { event: ['retention'], restricted_event: ['retention'] },
  'gateway/privacy/person.ts': { event: ['rights'], restricted_event: ['rights'] },
  'gateway/privacy/inventory.ts': {
    event: ['inventory'],
    restricted_event: ['inventory'],
    consent: ['inventory'],
  },
  'gateway/privacy/consents.ts': { consent: ['rights'] },
  'gateway/privacy/rotate.ts': {
    event: ['security'],
    restricted_event: ['security'],
    people: ['security'],
    account: ['security'],
    consent: ['security'],
  },
  'gateway/desk/people.ts': { people: ['duty'] },
  'gateway/desk/staff.ts': { people: ['duty'] },
  'gateway/console/accounts.ts': { account: ['login'], session: ['login'], recovery: ['login'] },
  'gateway/console/demo-account.ts': { account: ['login'] },
  'gateway/console/login.ts': { account: ['login'] },
  'gateway/console/second-factor.ts': { account: ['login'], recovery: ['login'] },
  'gateway/console/sessions.ts': { account: ['login'], session: ['login'] },
};

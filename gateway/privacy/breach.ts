import type { Text } from '../../drivers/text.ts';
import type { GatewayConfig } from '../config/schema.ts';
import { GatewayError } from '../errors.ts';
import type { Kept } from './inventory.ts';

/** What happened to what is kept of people. */
export const breachKinds = ['leaked', 'altered', 'lost'] as const;
export type BreachKind = (typeof breachKinds)[number];

/** What a person has to say of it; all else the box knows. No name, plate or number in it. */
export interface BreachFacts {
  readonly kind: BreachKind;
  readonly discoveredMs: number;
  /** When it may have happened, both ends. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: string;
  readonly measures: string;
  /** True: the keys may have got out as well; then what is sealed counts as read. */
  readonly withKeys: boolean;
}

/** Texts to send after a person has read them; `steps` says what is due when (PR-36). */
export interface BreachKit {
  readonly steps: Text;
  readonly authority: Text;
  readonly persons: Text;
  readonly guardians: Text;
}

const hourMs = 3_600_000;
/**
 * National measures for reporting cyber-security incidents (国家网络安全事件报告管理办法, in force 2025-11-01), art. 4: from the
 * grade 较大 on, operators other than those of critical infrastructure report to the provincial office within so long.
 */
export const provincialMs = 4 * hourMs;
/** PIPL art. 57 says "at once" and names no hours; this is the box's own goal for telling persons. */
export const personsMs = 24 * hourMs;

const happened: Readonly<Record<BreachKind, Text>> = {
  leaked: { zh: '泄露', en: 'leak' },
  altered: { zh: '篡改', en: 'alteration' },
  lost: { zh: '丢失', en: 'loss' },
};

/** Every text has what PIPL art. 57 asks for: kinds, cause, possible harm; measures taken, and what one can do; the contact. */
export function breachKit(
  config: GatewayConfig,
  kept: readonly Kept[],
  facts: BreachFacts,
  utcOffsetMs: number,
): BreachKit {
  const { privacy, site } = config;
  if (!privacy) {
    throw new GatewayError(
      'CONFIG_INVALID',
      'The texts need the key privacy in gateway.yaml: processor and contact',
    );
  }
  const { processor, contact } = privacy;
  const { kind, cause, measures, withKeys } = facts;
  const at = (ms: number) =>
    new Date(ms + utcOffsetMs).toISOString().slice(0, 16).replace('T', ' ');
  const affected = kept.filter(({ rows }) => rows > 0);
  const list = (of: (one: Kept) => string) =>
    affected.length === 0 ? '0' : affected.map((one) => `${of(one)} ${one.rows}`).join('、');
  const what = happened[kind];
  const window = `${at(facts.fromMs)} – ${at(facts.toMs)}`;
  const harm: Text = withKeys
    ? {
        zh: '可能被他人知悉某车牌于何时进出本小区，并可能被冒用或用于骚扰、诈骗',
        en: 'others may learn when a vehicle with a certain plate came and went; plates may be misused, or used for nuisance and fraud',
      }
    : {
        zh: '车牌、通道和号码已加密且密钥未泄露，他人无法读取；仅可能知悉某时刻有车辆或人员通行',
        en: 'plates, lanes and numbers are sealed and the keys did not get out: nobody can read them; at most that something passed at a certain time',
      };
  const advice: Text = {
    zh: '留意陌生来电和短信，勿透露验证码；车辆被冒用请报警110；可要求查阅或删除您的通行记录',
    en: 'beware of unknown calls and messages and tell nobody a code; if your plate is misused call the police (110); you may ask to see or delete your passages',
  };
  const never: Text = {
    zh: '网关从不保存人脸图像、人脸特征、姓名和证件号码。',
    en: 'The box never keeps pictures or templates of faces, names, or numbers of documents.',
  };
  const told: Text = {
    zh: `${site.name}发现个人信息${what.zh}。发生时段：${window}；发现时间：${at(facts.discoveredMs)}。涉及种类和数量：${list(({ zh }) => zh)}。原因：${cause}。可能的危害：${harm.zh}。已采取的补救措施：${measures}。您可以采取的措施：${advice.zh}。${never.zh}`,
    en: `${site.name}: ${what.en} of personal information. When: ${window}; discovered ${at(facts.discoveredMs)}. Kinds and numbers: ${list(({ en }) => en)}. Cause: ${cause}. Possible harm: ${harm.en}. Measures taken: ${measures}. What you can do: ${advice.en}. ${never.en}`,
  };
  const who: Text = {
    zh: `个人信息处理者：${processor}，联系方式：${contact}。`,
    en: `Responsible: ${processor}; contact: ${contact}.`,
  };
  return {
    steps: {
      zh: [
        `1. 立即：断开受影响的设备，保全证据（gatehouse backup；隐私页申请保全），必要时换钥（gatehouse privacy rotate-keys）。`,
        `2. 立即：报告履行个人信息保护职责的部门（个人信息保护法第57条，“立即”，未规定小时数）；属较大以上网络安全事件的，最迟 ${at(facts.discoveredMs + provincialMs)} 前报省级网信部门（国家网络安全事件报告管理办法第4条，4小时）。分级见该办法附件，由处理者判断。`,
        `3. 通知个人：本系统目标 ${at(facts.discoveredMs + personsMs)} 前。已采取措施能够有效避免危害的，可以不通知个人；主管部门可以要求通知（第57条第2款）。`,
        `4. 涉及未成年人的，同时通知监护人（未成年人网络保护条例第35条）。`,
        `5. 记入登记簿：时间、决定人、通知方式。`,
      ].join('\n'),
      en: [
        '1. At once: cut off what is affected, keep the evidence (gatehouse backup; a hold on the privacy page), new keys where they may have got out (gatehouse privacy rotate-keys).',
        `2. At once: tell the authority for personal information (PIPL art. 57: "at once", no hours named); an incident of grade 较大 or above goes to the provincial cyberspace office by ${at(facts.discoveredMs + provincialMs)} at the latest (national measures of 2025, art. 4: 4 hours). The grade is the processor's to judge, by the annex.`,
        `3. Persons: this system's goal is ${at(facts.discoveredMs + personsMs)}. Where measures effectively prevent harm persons need not be told; the authority may ask for it (art. 57, paragraph 2).`,
        '4. Where minors are concerned their guardians are told too (Minors’ Network Protection Regulations, art. 35).',
        '5. Into the register: when, who decided, how it was told.',
      ].join('\n'),
    },
    authority: {
      zh: `关于个人信息${what.zh}的报告。${told.zh}密钥${withKeys ? '可能已' : '未'}泄露。${who.zh}`,
      en: `Report of a ${what.en} of personal information. ${told.en} Keys ${withKeys ? 'may have' : 'have not'} got out. ${who.en}`,
    },
    persons: {
      zh: `致住户和车主：${told.zh}${who.zh}`,
      en: `To residents and owners: ${told.en} ${who.en}`,
    },
    guardians: {
      zh: `致未成年人的监护人：${told.zh}请代为留意孩子收到的陌生来电和信息。${who.zh}`,
      en: `To guardians of minors: ${told.en} Please watch for unknown calls and messages to your child. ${who.en}`,
    },
  };
}

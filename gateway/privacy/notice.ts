import type { GatewayConfig } from '../config/schema.ts';
import { GatewayError } from '../errors.ts';

/** The words of the sign at the gate, from the configuration (PR-34). */
export interface Notice {
  readonly zh: string;
  readonly en: string;
}

/** Makes the notice; says which key is missing where one is. */
export function noticeOf(config: GatewayConfig): Notice {
  const { privacy, faces, site, journal } = config;
  if (!privacy) {
    throw new GatewayError(
      'CONFIG_INVALID',
      'The notice needs the key privacy in gateway.yaml: processor, contact, version, date',
    );
  }
  const { processor, contact, purpose, recipients, alternatives, version, date } = privacy;
  const to = recipients.length === 0 ? null : recipients.join('、');
  const days = journal.passageDays;
  const hours = journal.plateHours;
  return {
    zh: [
      `${site.name}门岗为维护公共安全设置车辆识别及通行设备。`,
      `个人信息处理者：${processor}，联系方式：${contact}。`,
      `处理目的：${purpose}；种类：通行时间、通道、车牌（加密保存，${hours}小时后只留不可还原的假名）${faces ? '、刷脸通行的时间和结果（不含人员）' : ''}。`,
      '网关不保存人脸图像和人脸特征，不做人员识别。',
      `保存期限：通行记录${days}日。`,
      to === null ? '不向他人提供。' : `告警（不含车牌和人员）提供给：${to}。`,
      `您可以选择${alternatives}通行，不使用人脸不影响您的权利。`,
      '查阅、复制、更正、删除、撤回同意，请联系上述方式，15日内答复。',
      `版本${version}，${date}。`,
    ].join(''),
    en: [
      `At the gate of ${site.name} vehicles are read for public safety.`,
      `Responsible: ${processor}; contact: ${contact}.`,
      `Purpose: ${purpose}. Kept: when and where a vehicle passed, its plate (encrypted; after ${hours} h only a hash that nobody can turn back)${faces ? ', when somebody passed by face and with which result (not who)' : ''}.`,
      'The box keeps no picture of a face and no template, and identifies nobody.',
      `Passages are kept for ${days} days.`,
      to === null ? 'Nothing is passed on.' : `Alerts (no plates, no persons) go to: ${to}.`,
      `Other ways in: ${alternatives}. Nobody has to show a face.`,
      'To see, copy, correct or delete what is kept, or to withdraw consent, use the contact above; an answer comes within 15 days.',
      `Version ${version}, ${date}.`,
    ].join(' '),
  };
}

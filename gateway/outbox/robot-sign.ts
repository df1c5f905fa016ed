import { createHmac } from 'node:crypto';
import type { Robot } from './robot.ts';

/** DingTalk: Base64 of HMAC-SHA256(secret, `timestamp\nsecret`), ms; valid for an hour around it. */
export const dingtalkSign = (secret: string, timestampMs: number): string =>
  createHmac('sha256', secret).update(`${timestampMs}\n${secret}`).digest('base64');

/** Feishu: the key is `timestamp\nsecret`, seconds, and the message is empty. */
export const feishuSign = (secret: string, timestampS: number): string =>
  createHmac('sha256', `${timestampS}\n${secret}`).digest('base64');

/** Address and extra fields of a signed call; WeCom needs none. */
export function signedRobot(
  { kind, url, secret }: Robot,
  nowMs: number,
): { readonly url: string; readonly fields: Readonly<Record<string, string>> } {
  if (secret === undefined || kind === 'wecom') return { url, fields: {} };
  if (kind === 'dingtalk') {
    const signed = new URL(url);
    signed.searchParams.set('timestamp', String(nowMs));
    signed.searchParams.set('sign', dingtalkSign(secret, nowMs));
    return { url: signed.toString(), fields: {} };
  }
  const timestampS = Math.floor(nowMs / 1000);
  return { url, fields: { timestamp: String(timestampS), sign: feishuSign(secret, timestampS) } };
}

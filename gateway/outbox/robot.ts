import type { OutboxChannel, Parcel, SendResult } from './channel.ts';
import { connectionFailure } from './connection-failure.ts';

/** One chat group that gets the longer texts. */
export interface Robot {
  /** As in the outbox: `wecom-1`. */
  readonly name: string;
  readonly kind: 'wecom' | 'dingtalk' | 'feishu';
  /** Its key is a secret: never into a log. */
  readonly url: string;
  readonly secret?: string;
}

const timeoutMs = 10_000;
/** WeCom takes 2,048 bytes of UTF-8; the others more. */
const maxBytes = 2048;
/** Makers allow 20 a minute, DingTalk blocks for ten minutes above it. */
const perMinute = 15;

/** Texts into chat groups over the makers' web hooks. Never the only channel. */
export function createRobotChannel(
  robots: readonly Robot[],
  options: {
    readonly nowMs: () => number;
    readonly sign?: (
      robot: Robot,
      nowMs: number,
    ) => { url: string; fields: Readonly<Record<string, string>> };
    readonly fetch?: typeof fetch;
  },
): OutboxChannel {
  const call = options.fetch ?? fetch;
  const sentAt = new Map<string, number[]>();

  async function send({ to, text }: Parcel): Promise<SendResult> {
    const robot = robots.find(({ name }) => name === to);
    if (!robot) return { outcome: 'refused', reason: 'No such robot' };
    const nowMs = options.nowMs();
    const recent = (sentAt.get(to) ?? []).filter((atMs) => nowMs - atMs < 60_000 && atMs <= nowMs);
    if (recent.length >= perMinute) return { outcome: 'retry', reason: 'Rate' };
    sentAt.set(to, [...recent, nowMs]);
    const { url, fields } = options.sign?.(robot, nowMs) ?? { url: robot.url, fields: {} };
    try {
      const response = await call(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify({ ...fields, ...bodyOf(robot, cutBytes(text, maxBytes)) }),
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      });
      if (!response.ok) return httpFailure(response.status);
      return answerOf((await response.text()).slice(0, 4096));
    } catch (error) {
      return connectionFailure(error);
    }
  }

  return {
    name: 'robot',
    window: 2,
    idempotent: false,
    confirmMs: 0,
    ready: () => robots.length > 0,
    send,
    onReceipt: () => {}, // the answer is all there ever is
    onReady: () => {},
    stop: async () => {},
  };
}

function bodyOf({ kind }: Robot, text: string): Record<string, unknown> {
  return kind === 'feishu'
    ? { msg_type: 'text', content: { text } }
    : { msgtype: 'text', text: { content: text } };
}

/** `errcode` of WeCom and DingTalk, `code` of Feishu; 0 is success. */
function answerOf(body: string): SendResult {
  let code: unknown;
  try {
    const answer: unknown = JSON.parse(body);
    if (answer && typeof answer === 'object') {
      code = 'errcode' in answer ? answer.errcode : 'code' in answer ? answer.code : undefined;
    }
  } catch {
    return { outcome: 'unknown', reason: 'Unreadable answer' };
  }
  if (code === 0) return { outcome: 'done' };
  // 45009 and 130101 (WeCom, DingTalk): too many; -1: their own trouble.
  const passing = code === 45_009 || code === 130_101 || code === -1 || code === 9499;
  const reason = `Code ${String(code).slice(0, 12)}`;
  return { outcome: passing ? 'retry' : 'refused', reason };
}

const httpFailure = (status: number): SendResult =>
  status >= 500 || status === 429
    ? { outcome: 'retry', reason: `HTTP ${status}` }
    : { outcome: 'refused', reason: `HTTP ${status}` };

/** Cuts to bytes of UTF-8, between characters. */
function cutBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let size = 0;
  let short = '';
  for (const sign of text) {
    size += Buffer.byteLength(sign);
    if (size > bytes) break;
    short += sign;
  }
  return short;
}

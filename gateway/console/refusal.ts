import { z } from 'zod';
import { ActionRefused } from '../desk/act.ts';
import { CaseRefused } from '../desk/cases.ts';
import { StaffRefused } from '../desk/edit.ts';
import type { Log } from '../log.ts';
import { AccountRefused } from './accounts.ts';

/** An answer that people can read, in place of what was asked for. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly statusCode: number;
  readonly code: string;
  readonly zh: string;
  readonly en: string;

  constructor(statusCode: number, code: string, zh: string, en: string) {
    super(en);
    this.statusCode = statusCode;
    this.code = code;
    this.zh = zh;
    this.en = en;
  }
}

/** What leaves the box when a request fails. */
export interface Answer {
  readonly status: number;
  readonly body: { readonly code: string; readonly zh: string; readonly en: string };
}

const answer = (status: number, code: string, zh: string, en: string): Answer => ({
  status,
  body: { code, zh, en },
});

/** Words of ours, or none: what a part of the box throws is for the log, not for whoever asked. */
export function answerOf(error: unknown, log: Log): Answer {
  if (error instanceof Refusal) {
    return answer(error.statusCode, error.code, error.zh, error.en);
  }
  if (error instanceof AccountRefused) return answer(409, 'REFUSED', error.zh, error.en);
  if (error instanceof z.ZodError) {
    const keys = error.issues.map(({ path }) => path.join('.')).join(', ');
    return answer(400, 'INPUT', `输入有误：${keys}`, `Not valid: ${keys}`);
  }
  if (
    error instanceof ActionRefused ||
    error instanceof StaffRefused ||
    error instanceof CaseRefused
  ) {
    return answer(409, 'NOT_NOW', chinese[error.message] ?? error.message, error.message);
  }
  switch (statusOf(error)) {
    case 429:
      return answer(429, 'TOO_MANY', '请求太多，请稍候', 'Too many requests: wait a moment');
    case 413:
      return answer(413, 'TOO_LARGE', '内容太长', 'Too large');
    case 400:
    case 415:
      return answer(400, 'REQUEST', '请求有误', 'Bad request');
    default:
      log.error({ err: error }, 'a request failed');
      return answer(500, 'FAILED', '系统出错，请稍后再试', 'Something went wrong');
  }
}

/** What fastify itself says of a request; no other error may choose its own status. */
function statusOf(error: unknown): number {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const own = typeof code === 'string' && code.startsWith('FST_');
  if (statusCode === 429 || own) return Number(statusCode ?? 500);
  return error instanceof SyntaxError && statusCode === 400 ? 400 : 500;
}

/** The desk speaks English where it refuses; people here read Chinese. */
const chinese: Readonly<Record<string, string>> = {
  'The alert is closed already': '这条告警已经归档',
  'A false alarm needs its reason': '误报需要选择原因',
  'An SMS may not close an alert': '短信不能归档告警',
  'Nobody is on duty there': '那一班没有人',
  'A drill is running': '演练正在进行',
  'The drill is over': '演练已经结束',
  'No drill in the quiet hours': '夜间不演练',
  'No drill while an alert waits for somebody': '还有紧急或重要告警待确认，先处理再演练',
  'An entry has a title': '请填写名称',
  'An entry ends, within 62 days': '结束日期应在开始之后，最长62天',
  'Quiet hours have both ends': '免打扰时段要填起止两个时间',
  'Quiet hours go from the evening to the morning': '免打扰时段应从晚上到早上',
  'The calendar is full': '日历条目已满',
  'There is no such entry': '没有这一条',
  'A work has a reason': '请填写检修原因',
  'A work ends, within 7 days': '检修要有结束时间，最长7天',
  'A work begins within 60 days': '检修应在60天内开始',
  'There is no such place or device': '没有这个楼栋、车道或设备',
  'Too many works are announced': '报备的检修太多',
  'The work is over': '检修已经结束',
  'Nobody has this id': '没有这个人',
  'There is no such case': '没有这个案件',
  'Day: 2026-05-01': '日期应为 2026-05-01 的样子',
};

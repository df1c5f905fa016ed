import type { SendResult } from './channel.ts';

/** Before a connection stands nothing can have left; later nobody knows. The URL is never told. */
export function connectionFailure(error: unknown): SendResult {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause && typeof cause === 'object' && 'code' in cause ? String(cause.code) : '';
  const before = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
  if (before.includes(code)) return { outcome: 'retry', reason: code };
  return { outcome: 'unknown', reason: code || 'No answer' };
}

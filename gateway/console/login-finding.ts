import type { Clock } from '../clock.ts';
import type { Desk } from '../desk/contract.ts';
import type { Log } from '../log.ts';
import { failuresOfName, lockMs } from './attempts.ts';

/** A locked account is an alert (`security.login`): raised with the lock, cleared when the last lock has ended. */
export function loginFinding(desk: Pick<Desk, 'system'>, clock: Clock, log: Log) {
  let sinceMs: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  const tell = (change: 'raised' | 'cleared') => {
    const nowMs = clock.nowMs();
    sinceMs ??= nowMs;
    const raised = change === 'raised';
    const finding = {
      id: `security.login/site/${sinceMs}`,
      rule: 'security.login',
      change,
      severity: raised ? ('minor' as const) : ('info' as const),
      atMs: nowMs,
      sinceMs,
      evidence: raised ? { count: failuresOfName } : {},
      text: raised
        ? {
            zh: `控制台连续${failuresOfName}次登录失败，该账号已锁定15分钟，请核实。`,
            en: `${failuresOfName} failed console log-ins; the account is locked for 15 min.`,
          }
        : { zh: '登录锁定已解除。', en: 'The lock has ended.' },
    };
    desk.system(finding, nowMs).catch((cause) => log.error({ err: cause }, 'a lock is not told'));
  };
  return {
    raise() {
      if (sinceMs === null) tell('raised');
      clearTimeout(timer);
      timer = setTimeout(() => {
        tell('cleared');
        sinceMs = null;
      }, lockMs);
      timer.unref();
    },
    stop: () => clearTimeout(timer),
  };
}

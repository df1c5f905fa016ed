import type { Clock } from '../clock.ts';
import type { Desk } from '../desk/contract.ts';
import type { Log } from '../log.ts';
import { failuresOfName, lockMs } from './attempts.ts';

/** A locked account is an alert (`security.login`): raised with the lock, cleared when the last lock has ended. */
export function loginFinding(desk: Pick<Desk, 'system' | 'openAlerts'>, clock: Clock, log: Log) {
  let id: string | null = null;
  let sinceMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const tell = (change: 'raised' | 'cleared') => {
    const nowMs = clock.nowMs();
    const raised = change === 'raised';
    const finding = {
      id: id ?? '',
      rule: 'security.login',
      change,
      severity: raised ? ('minor' as const) : ('info' as const),
      atMs: nowMs,
      sinceMs,
      evidence: raised ? { count: failuresOfName } : {},
      text: raised
        ? {
            zh: `控制台连续${failuresOfName}次登录失败，来源已锁定15分钟，请核实。以前登录过的设备不受影响。`,
            en: `${failuresOfName} failed console log-ins; their source is locked for 15 min. Devices that logged in before are not held up.`,
          }
        : { zh: '登录锁定已解除。', en: 'The lock has ended.' },
    };
    desk.system(finding, nowMs).catch((cause) => log.error({ err: cause }, 'a lock is not told'));
  };
  const clearIn = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      tell('cleared');
      id = null;
    }, ms);
    timer.unref();
  };
  return {
    raise() {
      if (id === null) {
        sinceMs = clock.nowMs();
        id = `security.login/site/${sinceMs}`;
        tell('raised');
      }
      clearIn(lockMs);
    },
    /** After a restart: what was raised before ends with the last lock that outlived it. */
    async resume(leftMs: number) {
      const open = (await desk.openAlerts()).find(
        ({ rule, condition }) => rule === 'security.login' && condition === 'active',
      );
      if (!open) return;
      ({ findingId: id, sinceMs } = open);
      clearIn(leftMs);
    },
    stop: () => clearTimeout(timer),
  };
}

import type { Severity } from '../../rules/finding.ts';
import type { Clock } from '../clock.ts';
import type { Illness } from './illness.ts';

/** What passes unseen in so short a gap is sent again by the devices: for the record only, ms. */
const shortMs = 2 * 60_000;
/** So long is waited for a right time before it is told without one, ms (the network's answer comes within minutes). */
const patienceMs = 10 * 60_000;
/** Longer gaps are not told in figures, ms: it is rather the clock that started wrong than the box that was off. */
const longestMs = 30 * 86_400_000;
/** After so long without another one it is over, ms. */
const overMs = 30 * 60_000;

/**
 * That the box was off, and for how long: between the last thing it kept and its start something may have been missed.
 * It is told when the time is right: only then is it known whether it is night, and how long the gap was.
 */
export function restartIllness(clock: Clock, lastKeptMs: number | undefined): () => Illness | null {
  const startMonoMs = clock.monoMs();
  let told: Illness | null = null;
  return () => {
    const ranMs = clock.monoMs() - startMonoMs;
    if (lastKeptMs === undefined || ranMs >= overMs) return null;
    if (told) return told;
    if (!clock.trusted() && ranMs < patienceMs) return null;
    told = found(clock.nowMs() - ranMs, clock.trusted() ? lastKeptMs : undefined);
    return told;
  };
}

function found(startedMs: number, lastKeptMs: number | undefined): Illness {
  const gapMs = lastKeptMs === undefined ? undefined : startedMs - lastKeptMs;
  // A gap below zero or of months: one of the two times is wrong, so how long it was is unknown.
  const known = gapMs !== undefined && gapMs >= 0 && gapMs <= longestMs ? gapMs : undefined;
  const minutes = known === undefined ? undefined : Math.max(1, Math.round(known / 60_000));
  const severity: Severity = known !== undefined && known < shortMs ? 'info' : 'minor';
  return {
    severity,
    sinceMs: startedMs,
    text: {
      zh: `网关中断${minutes === undefined ? '' : `${minutes}分钟`}后恢复运行，期间可能漏报，请查看断电原因。`,
      en: `The gateway is back${minutes === undefined ? '' : ` after ${minutes} min`}; alerts may have been missed. See why it was off.`,
    },
    evidence: minutes === undefined ? {} : { minutes },
  };
}

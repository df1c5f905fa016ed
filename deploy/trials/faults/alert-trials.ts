import { type CrashParts, crashTrial } from '../../../gateway/outbox/crash-trial.ts';
import { type OutageParts, outageTrial } from '../../../gateway/outbox/outage-trial.ts';
import type { Result } from './trials.ts';

/** The most rows that may leave between a live alert and its record: those under way, and what left while it was written. */
const behindMost = 60;
const heapGrowthMb = 40;

/** kill -9 at each step between a finding and the platform's word: `acknowledged` are messages that left. */
export async function alertTrial(parts: CrashParts): Promise<Result> {
  const { kills, left, lost, doubled, wrong } = await crashTrial(parts);
  return {
    trial: 'alert path killed at every step',
    rounds: kills,
    acknowledged: left,
    lost: lost.length,
    doubled: doubled.length,
    startMs: 0,
    wrong: [...lost, ...doubled, ...wrong],
  };
}

/** Three days without the platform: `acknowledged` are rows that waited, and alerts that came when it was back. */
export async function backlogTrial(parts: OutageParts): Promise<Result> {
  const found = await outageTrial(parts);
  const wrong: string[] = [];
  if (found.disorder.length > 0) wrong.push(`${found.disorder.length} rows out of their order`);
  const [first = 0] = found.heapMb;
  const growth = Math.max(...found.heapMb) - first;
  if (growth > heapGrowthMb) wrong.push(`memory grew by ${Math.round(growth)} MB`);
  const behind = Math.max(...found.behind);
  if (behind > behindMost) wrong.push(`a live alert waited behind ${behind} rows`);
  if (found.firstRow !== 1) wrong.push(`row ${found.firstRow} left first`);
  const { watched, rows } = parts;
  if (watched === rows && found.lastRow !== rows) wrong.push(`row ${found.lastRow} left last`);
  return {
    trial: 'three days without the platform',
    rounds: 1,
    acknowledged: found.left + found.live,
    lost:
      Math.max(0, watched - found.left) +
      found.live -
      found.liveSent +
      (watched === rows ? found.pending : 0),
    doubled: Math.max(0, found.left - rows),
    startMs: 0,
    wrong,
    note: `${Math.round(found.left / found.seconds)} rows/s; a live alert waited behind ${behind} rows at the most`,
  };
}

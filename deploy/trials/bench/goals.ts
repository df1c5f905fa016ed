import { condense, type Report, type Result, shapeOf } from './result.ts';

/** One figure that is to be reached. */
export interface Goal {
  readonly what: string;
  readonly wanted: string;
  readonly reached: string;
  readonly ok: boolean;
}

/** The figures to reach, and what was. Ratios within one run; F is what a flush takes: the disk's own time and that by which it was slowed. */
export function goalsOf({
  machine,
  results,
  idle,
  nodeRed = [],
  dataLife,
}: Report): readonly Goal[] {
  const flushOf = ({ slowMs }: Pick<Result, 'slowMs'>) => machine.flushMs + slowMs;
  const all = condense(results);
  const ours = (part: Result['part']) =>
    all.filter((one) => one.part === part && one.name === 'gatehouse');
  const goals: Goal[] = [];
  const atLeast = (what: string, least: number, value: number, unit = '') =>
    goals.push({
      what,
      wanted: `≥ ${least}${unit}`,
      reached: `${show(value)}${unit}`,
      ok: value >= least,
    });
  const atMost = (what: string, most: number, value: number, unit = '') =>
    goals.push({
      what,
      wanted: `≤ ${Number(most.toFixed(2))}${unit}`,
      reached: `${show(value)}${unit}`,
      ok: value <= most,
    });

  for (const [peer, shape, least] of [
    ['aedes', '50 × 8', 0.9],
    ['aedes', '473 × 1', 0.9],
    ['aedes', '473 × 8', 0.9],
    ['mosquitto', '50 × 8', 1.3],
    ['mosquitto', '473 × 1', 0.6],
  ] as const) {
    const rateOf = (name: string) =>
      all.find((one) => one.part === 'throughput' && one.name === name && shapeOf(one) === shape)
        ?.ackedPerS;
    const [mine, theirs] = [rateOf('gatehouse'), rateOf(peer)];
    if (mine !== undefined && theirs !== undefined)
      atLeast(`durable readings ÷ ${peer} without storage, ${shape}`, least, mine / theirs);
  }
  for (const { storing, slowMs, storedPerS } of nodeRed) {
    const part = slowMs === 0 ? 'throughput' : 'slow';
    const mine = ours(part).find((one) => shapeOf(one) === '473 × 8' && one.slowMs === slowMs);
    const least = storing === 'batched' ? 8 : slowMs === 0 ? 25 : 200;
    const how = storing === 'each' ? 'an INSERT a message' : 'batched by hand';
    const where = slowMs === 0 ? 'this disk' : `flushes slowed by ${slowMs} ms`;
    if (mine) atLeast(`473 × 8 ÷ Node-RED, ${how}, ${where}`, least, mine.ackedPerS / storedPerS);
  }
  for (const one of ours('slow')) {
    const most = (one.conns * one.window) / (flushOf(one) / 1000);
    atLeast(
      `share of in flight ÷ F, flushes slowed by ${one.slowMs} ms, ${shapeOf(one)}`,
      0.45,
      one.ackedPerS / most,
    );
  }
  for (const one of ours('latency')) {
    const F = flushOf(one);
    const slowed = one.slowMs === 0 ? 'this disk' : `flushes slowed by ${one.slowMs} ms`;
    const what = `PUBACK at ${shapeOf(one)}, ${slowed}`;
    atMost(`${what}: p50, 1.75 F`, 1.75 * F, one.p50Ms, ' ms');
    atMost(`${what}: p99, 2.5 F + 5 ms`, 2.5 * F + 5, one.p99Ms, ' ms');
  }
  const delays = [...ours('slow'), ...ours('latency')].filter(({ slowMs }) => slowMs >= 20);
  if (delays.length > 0) {
    const worst = Math.max(...delays.map(({ loopDelayP99Ms = 0 }) => loopDelayP99Ms));
    atMost('event-loop delay on a slow disk, p99', 10, worst, ' ms');
  }
  for (const one of ours('bytes')) {
    const most = { 1000: 100, 100: 200 }[one.windowMs];
    const bytes = one.diskBytes / (one.ackedPerS * one.seconds);
    if (most !== undefined)
      atMost(`bytes written a reading, window ${one.windowMs} ms`, most, bytes);
  }
  for (const one of ours('reader')) {
    atLeast(
      'a subscriber to everything: delivered ÷ acknowledged',
      0.99,
      one.delivered / one.acked,
    );
    atMost('… and how late, p99', 1000, one.readP99Ms, ' ms');
  }
  atMost('RSS idle', 60, idle.rssMb, ' MB');
  for (const one of ours('throughput'))
    atMost(`RSS under full load, ${shapeOf(one)}`, 130, one.peakMb, ' MB');
  for (const one of ours('stalled'))
    atMost('RSS with a disk that takes 5 s a flush', 200, one.peakMb, ' MB');
  atMost('start to `ready` with an empty store', 200, idle.startMs, ' ms');
  if (dataLife) {
    const { starts, packing, bytesPerReading, dayOfOneMs, dayOfAllMs } = dataLife;
    for (const { what, ms } of starts) atMost(`start to \`ready\`, ${what}`, 5, ms / 1000, ' s');
    atMost('bytes stored a reading of six channels, packed', 5, bytesPerReading);
    atMost('a day of one building, a reading a second: its curve', 5, dayOfOneMs, ' ms');
    atMost('a day of 473: their highest 15-minute values', 15, dayOfAllMs, ' ms');
    atMost('RSS at 473/s while a past hour is packed', 130, packing.peakMb, ' MB');
    atMost('the longest WAL meanwhile', 16, packing.walMb, ' MB');
    atMost('readings that were not packed', 0, packing.left);
  }
  const lost = all.reduce((sum, one) => sum + (one.lost ?? 0), 0);
  atMost('acknowledged readings that are not stored', 0, lost);
  return goals;
}

const show = (value: number): string =>
  value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);

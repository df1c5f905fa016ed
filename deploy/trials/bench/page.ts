import { dataLifeTable } from './data-life.ts';
import { goalsOf } from './goals.ts';
import { condense, type Report, type Result, shapeOf } from './result.ts';
import { whyNotFurther } from './why-not-further.ts';

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const tableOf = (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const thousands = (value: number): string =>
  value >= 10_000 ? `${(value / 1000).toFixed(1)}k` : value.toFixed(0);
const ms = (value: number): string => (value < 0 ? '—' : value.toFixed(value < 10 ? 2 : 0));

/** The figures to reach, then every part: what stands on standard output and in the page. */
export function tables(report: Report): string {
  const all = condense(report.results);
  const goals = tableOf(
    ['figure', 'goal', 'reached', ''],
    goalsOf(report).map(({ what, wanted, reached, ok }) => [what, wanted, reached, ok ? '✓' : '✗']),
  );
  const parts: string[] = [`## Figures to reach\n\n${goals}`];
  for (const [part, title] of titles) {
    const results = all.filter((one) => one.part === part);
    if (results.length === 0) continue;
    parts.push(
      `## ${title}\n\n${tableOf(
        head,
        results.map((one) => line(one, all)),
      )}`,
    );
  }
  if (report.dataLife) parts.push(dataLifeTable(report.dataLife));
  if (report.nodeRed) parts.push(nodeRedTable(report.nodeRed));
  return parts.join('\n\n');
}

function nodeRedTable(results: NonNullable<Report['nodeRed']>): string {
  const rows = results.map((one) => [
    one.storing === 'each' ? 'an INSERT for each message' : '500 rows or 250 ms, by hand',
    one.slowMs,
    one.sent,
    one.stored,
    thousands(one.storedPerS),
    ((one.cpuS / one.stored) * 1e5).toFixed(1),
    one.peakMb.toFixed(0),
  ]);
  return `## Node-RED with SQLite, the job a user would build otherwise\n\n${tableOf(
    [
      'storing',
      'F + ms',
      'acknowledged by the broker',
      'stored',
      'stored/s',
      'CPU s per 100k',
      'RSS MB',
    ],
    rows,
  )}`;
}

const titles = [
  ['throughput', 'As fast as answers come'],
  ['reader', 'The same with one subscriber to everything'],
  ['slow', 'As fast as answers come, on a slow disk, window 0'],
  ['latency', 'At a steady rate from 473 meters, window 0'],
  ['bytes', 'Bytes written, 473 readings a second'],
  ['stalled', 'A disk that takes 5 s for each flush'],
] as const;

const head = [
  'load',
  'program',
  'window ms',
  'F + ms',
  'acknowledged/s',
  '÷ aedes',
  'p50 / p99 / max ms',
  'delivered/s',
  'late p50 / p99 ms',
  'CPU s per 100k',
  'RSS MB',
  'loop delay p99 ms',
  'bytes a reading',
  'readings a flush',
];

function line(one: Result, all: readonly Result[]): readonly (string | number)[] {
  const peer = all.find(
    ({ part, name, conns, window, rate }) =>
      part === one.part &&
      name === 'aedes' &&
      conns === one.conns &&
      window === one.window &&
      rate === one.rate,
  );
  const mine = one.name === 'gatehouse';
  const n = one.ackedPerS * one.seconds;
  return [
    shapeOf(one),
    one.name,
    mine ? one.windowMs : '',
    mine ? one.slowMs : '',
    thousands(one.ackedPerS),
    peer && one.rate === 0 ? (one.ackedPerS / peer.ackedPerS).toFixed(2) : '',
    `${ms(one.p50Ms)} / ${ms(one.p99Ms)} / ${ms(one.maxMs)}`,
    one.readers > 0 ? thousands(one.deliveredPerS) : '',
    one.readers > 0 ? `${ms(one.readP50Ms)} / ${ms(one.readP99Ms)}` : '',
    n > 0 ? ((one.cpuS / n) * 1e5).toFixed(2) : '',
    one.peakMb.toFixed(0),
    one.loopDelayP99Ms === undefined ? '' : one.loopDelayP99Ms.toFixed(1),
    mine && n > 0 ? (one.diskBytes / n).toFixed(0) : '',
    one.commits && one.stored ? (one.stored / one.commits).toFixed(1) : '',
  ];
}

/** docs/performance.md. */
export function page(report: Report): string {
  const { machine, idle, date, command } = report;
  return `# How fast, at what cost

Made by \`${command}\` on ${date}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}, mosquitto ${machine.mosquitto},
everything on 127.0.0.1. Trust ratios within one run, not absolute figures: programs take turns, what is shown are medians of the rounds
(one round in the short form, three otherwise, five in the full one).

The load generator (\`deploy/trials/bench/load.c\`) has the last core to itself; it speaks for meters that send nine figures in about 200 bytes, QoS 1, and matches
every PUBACK. \`gatehouse\` is the real program as \`gatehouse run\` starts it: log-in for each meter, decoding and checks, all rules, flush
(\`synchronous=FULL\`), then PUBACK; with the memory settings of \`deploy/gatehouse.service\`. Plain aedes and mosquitto store nothing and check nothing. F is what a flush takes: ${machine.flushMs.toFixed(2)} ms
on this disk (median of 400 blocks of 4 KB), more where it is slowed by \`slow-flush.c\` ("F + ms"); an SD card takes 5 to 50 ms. Every program stood three seconds before it was
loaded. "Bytes" are what the kernel counts as written to the disk.

![acknowledged per second](images/performance.svg)

Idle: ${idle.rssMb.toFixed(0)} MB, ${idle.cpuPercent.toFixed(1)} % of a core; from start to \`ready\` ${idle.startMs.toFixed(0)} ms.

${tables(report)}

${whyNotFurther}
## What this does not show

- Generator and program share a machine of ${machine.cores} cores, and the generator's core cannot be used by the program.
- No SD card and no Raspberry Pi: flushes are slowed by a library, which makes them slow but not uneven.
- Node-RED (5, on a Node of its own, WAL and \`synchronous=FULL\`, mosquitto before it) gets bursts, and its rate is what is stored; the broker
  acknowledged those readings long before. Its Node is newer than ours.
- The subscriber is one connection on the same machine.
`;
}

const colours = { aedes: '#8d6e63', gatehouse: '#1b5e4b', mosquitto: '#9e9e9e' } as const;

/** Bars: acknowledged per second, by load and program. */
export function plot(report: Report): string {
  const bars = condense(report.results).filter(({ part }) => part === 'throughput');
  const [left, height, width] = [170, 20, 400];
  const most = Math.max(1, ...bars.map(({ ackedPerS }) => ackedPerS));
  const drawn = bars.map((one, i) => {
    const y = 24 + i * height + Math.floor(i / 3) * 10;
    const long = ((width * one.ackedPerS) / most).toFixed(1);
    return (
      `<text x="${left - 8}" y="${y + 11}" text-anchor="end">${shapeOf(one)} ${one.name}</text>` +
      `<rect x="${left}" y="${y}" width="${long}" height="14" fill="${colours[one.name]}"/>` +
      `<text x="${left + Number(long) + 6}" y="${y + 11}">${thousands(one.ackedPerS)}</text>`
    );
  });
  const total = 40 + bars.length * height + Math.ceil(bars.length / 3) * 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 ${total}" font-family="sans-serif" font-size="11"><rect width="660" height="${total}" fill="#fff"/><text x="${left}" y="14">readings acknowledged per second; gatehouse after the flush, the others without storing</text>${drawn.join('')}</svg>\n`;
}

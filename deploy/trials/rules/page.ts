import type { Cost } from './cost.ts';
import type { Day } from './memory.ts';
import type { StoredCost } from './stored-days.ts';

/** What one run of the measurement saw. */
export interface Result {
  readonly atMs: number;
  readonly machine: string;
  /** Load of the machine when it began, mean of a minute; its cores are shared then. */
  readonly busy: number;
  readonly houses: number;
  readonly every10: Cost;
  readonly every1: Cost;
  /** Without a rule: reading after reading, and the ticks between them. */
  readonly none: Cost;
  /** To make readings of NDJSON, before any rule. */
  readonly lines: Cost;
  /** Each with those that it hears, for it would have no work without them. */
  readonly rules: readonly {
    readonly id: string;
    readonly hears: readonly string[];
    readonly cost: Cost;
  }[];
  readonly memory: readonly Day[];
  readonly memoryHouses: number;
  readonly stored: StoredCost;
}

const goals = { perS: 500_000, livePercent: 2, growthPercent: 5 } as const;

export const perCpuS = ({ readings, cpuS }: Pick<Cost, 'readings' | 'cpuS'>): number =>
  readings / cpuS;
const thousands = (value: number): string => `${(value / 1000).toFixed(0)},000`;
const nsOf = ({ cpuS, readings }: Cost): number => (cpuS / readings) * 1e9;

/** How much memory grows from the second week to the end, per cent: by then a week of nights is known. */
export function growthPercent(days: readonly Day[], of: 'stateBytes' | 'heapMb'): number {
  const from = days[Math.min(8, days.length - 1)];
  const to = days.at(-1);
  return from && to ? 100 * (to[of] / from[of] - 1) : 0;
}

const signed = (percent: number): string => `${percent >= 0 ? '+' : ''}${percent.toFixed(1)}`;

/** What each rule costs a reading by itself, ns: the bare fold and the rules that it hears are taken off. Noise may leave nothing of a small one. */
export function ownNs(
  rules: Result['rules'],
  none: Cost,
): readonly { readonly id: string; readonly ns: number }[] {
  const withHeard = new Map(rules.map(({ id, cost }) => [id, nsOf(cost) - nsOf(none)]));
  return rules.map(({ id, hears }) => {
    // They may hear no other rule: what is measured of them is theirs alone.
    const heard = hears.reduce((sum, one) => sum + (withHeard.get(one) ?? 0), 0);
    return { id, ns: Math.max(0, (withHeard.get(id) ?? 0) - heard) };
  });
}

/** docs/rules-speed.md. */
export function page(result: Result): string {
  const { every10, every1, none, lines, rules, memory, stored, houses, memoryHouses } = result;
  const row = (what: string, value: string, goal: string, reached: boolean) =>
    `| ${what} | ${value} | ${goal} | ${reached ? '✓' : '✗'} |`;
  const live = (100 * houses * every1.cpuS) / every1.readings;
  const growth = growthPercent(memory, 'stateBytes');
  const heap = growthPercent(memory, 'heapMb');
  const own = ownNs(rules, none);
  const total = own.reduce((sum, { ns }) => sum + ns, 0);
  return `# What the rules cost

Written by \`npm run bench:rules\` on ${new Date(result.atMs).toISOString().slice(0, 10)}. One run, on ${result.machine}; the load
of the machine was ${result.busy.toFixed(1)} when it began${result.busy >= 1 ? ': it was shared with other work' : ''}. Figures are of processor time (all threads of the process, garbage
collection included), so what else runs on the machine takes no turns from them, but it takes the caches: on a quiet machine they are better.

${houses} meters of houses with three phases, a third with watts alone, a third with power factors, a third with harmonics, all with residual
current and the temperature of the panel; two e-bikes a house and day; a gate with a car every half minute. All rules, through the same code as in the gateway, with the ticks of the box.

| what | seen | goal | |
| --- | --- | --- | --- |
${row('replay, all rules, meters that speak every 10 s', `${thousands(perCpuS(every10))} readings a CPU second`, `≥ ${thousands(goals.perS)}`, perCpuS(every10) >= goals.perS)}
${row('replay, all rules, meters that speak every second', `${thousands(perCpuS(every1))} readings a CPU second`, `≥ ${thousands(goals.perS)}`, perCpuS(every1) >= goals.perS)}
${row(`live: ${houses} × 3 phases × 1 Hz`, `${live.toFixed(2)} % of a core`, `≤ ${goals.livePercent} %`, live <= goals.livePercent)}
${row(`heap from day 9 to day ${memory.length}`, `${signed(heap)} %`, `flat (≤ ${goals.growthPercent} %)`, heap <= goals.growthPercent)}
${row(`state from day 9 to day ${memory.length}`, `${signed(growth)} %`, `flat (≤ ${goals.growthPercent} %)`, growth <= goals.growthPercent)}

The figures are of the rules. Where readings come as NDJSON, making readings of the lines costs ${nsOf(lines).toFixed(0)} ns a reading before any rule sees them
(the rules: ${nsOf(every10).toFixed(0)} ns): \`gatehouse replay --readings\` as a whole is then at ${thousands(1e9 / (nsOf(lines) + nsOf(every10)))} readings a CPU second, reading the file not counted.

## By rule

Each alone, above what taking readings and ticks costs without a rule (${nsOf(none).toFixed(0)} ns); meters that speak every 10 s. A rule that hears others
is measured with them, and their cost is taken off again. Alone a rule has the caches of the processor to itself: together they cost more than their sum.

| rule | ns a reading | share |
| --- | --- | --- |
${own.map(({ id, ns }) => `| ${id} | ${ns.toFixed(0)} | ${((100 * ns) / Math.max(1, total)).toFixed(0)} % |`).join('\n')}

## Memory

${memoryHouses} houses for ${memory.length} days, collected at the end of each day; the heap holds the composed village too. The state as JSON goes up and down
with what is switched on at midnight, and grows until its lists are full: 24 suspicions of a point, 12 steps, 10 loads and 6 open ones of a phase.

| day | heap, MB | state, bytes a meter |
| --- | --- | --- |
${memory
  .filter(({ day }) => day === 1 || day % 5 === 0 || day === memory.length)
  .map(
    ({ day, heapMb, stateBytes }) => `| ${day} | ${heapMb.toFixed(1)} | ${stateBytes.toFixed(0)} |`,
  )
  .join('\n')}

## A replay from the console

\`${stored.rule}\` over ${thousands(stored.readings)} stored readings, all hours but the last packed: ${stored.wallS.toFixed(1)} s (${thousands(perCpuS(stored))} readings a CPU
second with reading, unpacking and sorting), at most ${stored.moreMb.toFixed(0)} MB more than before. It runs in a thread of its own, with low
priority; the event loop of the process was held up for at most ${stored.loopMs.toFixed(0)} ms (the other cores' work included).
`;
}

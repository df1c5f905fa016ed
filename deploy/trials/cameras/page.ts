import {
  cpuOfPushMs,
  cpuPer100k,
  median,
  type Result,
  type Round,
  slowerPercent,
} from './result.ts';

const goals = { peakMb: 150, p99Ms: 100, slowerPercent: 20 } as const;
/** A load average below this, before the trial, is nobody. */
const idle = 0.5;

/** docs/cameras.md. */
export function page(result: Result): string {
  const { cameras, pictureBytes, calm, rounds, busyBefore } = result;
  const { paced, pushes } = calm;
  const row = (what: string, value: string, goal: string, reached: boolean) =>
    `| ${what} | ${value} | ${goal} | ${reached ? '✓' : '✗'} |`;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const percent = (value: number) => `${value.toFixed(0)} %`;
  const slower = slowerPercent(rounds, 'beside', 'alone');
  const shared =
    busyBefore < idle
      ? ''
      : ` Other programs ran on this machine: its load was ${busyBefore.toFixed(1)} before the trial began, and what follows is as much theirs.`;
  const of = (pick: (round: Round) => number) => median(rounds.map(pick));
  const loop = (what: string, part: 'alone' | 'control' | 'beside', slowed: string) =>
    `| ${what} | ${of((one) => one[part].ackedPerS).toFixed(0)} | ${slowed} | ${ms(of((one) => one[part].p99Ms))} | ${of((one) => cpuPer100k(one[part])).toFixed(2)} s |`;
  return `# Cameras that push over HTTP

Written by \`npm run test:cameras\` on ${new Date(result.atMs).toISOString().slice(0, 10)}. One run, on ${result.machine};
the cameras, the meters and the gateway share these cores.${shared}

${cameras} cameras, each on a connection of its own, push a recognition with a picture of ${pictureBytes / 1000} KB every second: half of
them as Hikvision does (multipart), half as Dahua does (base64 inside JSON). The gateway is the real program in a process of
its own; cameras and meters are C programs whose messages were encoded beforehand, both on the last core. For ${result.seconds} s
meters speak beside the cameras at the pace of the village; before, and behind it, as fast as they are answered.

| what | seen | goal | |
| --- | --- | --- | --- |
${row('memory of the gateway while they push, most', `${calm.peakMb.toFixed(0)} MB`, `${goals.peakMb} MB`, calm.peakMb <= goals.peakMb)}
${row('answer to a push, 99 of 100 within', ms(pushes.p99Ms), `${goals.p99Ms} ms`, pushes.p99Ms <= goals.p99Ms)}
${row('readings of meters in a closed loop, slower by', percent(slower), `${goals.slowerPercent} %`, slower <= goals.slowerPercent)}

- ${pushes.answered} pushes were answered, ${pushes.failed} were not; half of them within ${ms(pushes.p50Ms)}, the slowest in ${ms(pushes.maxMs)}. At the end the gateway had ${calm.rssMb.toFixed(0)} MB. The closed loop before the cameras ran in the same process and has left its mark on that.
- Meters at the village's pace: ${paced.acked} of ${paced.sent} acknowledged in the measured time, 99 of 100 within ${ms(paced.p99Ms)}; without cameras within ${ms(calm.quiet.p99Ms)}.
- One push costs the gateway ${ms(cpuOfPushMs(result))} of processor time at the village's pace, all threads and the kernel's share of its sockets together.
- Beside meters in a closed loop a push is answered within ${ms(of((one) => one.busy.p99Ms))} (99 of 100).

## The closed loop

50 meters, each with 8 messages unanswered: how fast it turns says what is left of the machine. The control tells what the
gateway has no part in: the same cameras push to a server in another process that lets go of every body and keeps nothing,
and the meters speak to the gateway. Medians of ${rounds.length} rounds, each of the three in turn.

| meters | a second | slower by | 99 of 100 within | gateway's processor time for 100,000 |
| --- | --- | --- | --- | --- |
${loop('alone', 'alone', '')}
${loop('cameras push to the other server', 'control', percent(slowerPercent(rounds, 'control', 'alone')))}
${loop('cameras push to the gateway', 'beside', percent(slower))}

Against the control the meters are slower by ${percent(slowerPercent(rounds, 'beside', 'control'))}. The gateway's processor time in the last line holds the pushes too.
`;
}

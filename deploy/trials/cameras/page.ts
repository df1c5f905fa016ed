/** What one run of the trial saw. */
export interface Result {
  readonly atMs: number;
  readonly machine: string;
  readonly cameras: number;
  readonly pictureBytes: number;
  /** How long the cameras pushed beside meters at the village's pace. */
  readonly seconds: number;
  readonly answered: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly rssMb: number;
  readonly peakMb: number;
  readonly pacedSent: number;
  readonly pacedAcked: number;
  readonly pacedP99Ms: number;
  /** Messages a second of meters in a closed loop: without cameras, and beside them. */
  readonly alonePerS: number;
  readonly besidePerS: number;
  /** Of pushes while meters speak as fast as they are answered. */
  readonly busyP99Ms: number;
}

const goals = { peakMb: 150, p99Ms: 100, slowerPercent: 20 } as const;

/** docs/cameras.md. */
export function page(result: Result): string {
  const { alonePerS, besidePerS, cameras, pictureBytes } = result;
  const slowerPercent = 100 * (1 - besidePerS / alonePerS);
  const row = (what: string, value: string, goal: string, reached: boolean) =>
    `| ${what} | ${value} | ${goal} | ${reached ? '✓' : '✗'} |`;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return `# Cameras that push over HTTP

Written by \`npm run test:cameras\` on ${new Date(result.atMs).toISOString().slice(0, 10)}. One run, on ${result.machine};
the cameras, the meters and the gateway share these cores.

${cameras} cameras, each on a connection of its own, push a recognition with a picture of ${pictureBytes / 1000} KB every second: half of
them as Hikvision does (multipart), half as Dahua does (base64 inside JSON). The gateway is the real program in a process of
its own. For ${result.seconds} s meters speak beside them at the pace of the village; before, and behind it, as fast as they are answered.

| what | seen | goal | |
| --- | --- | --- | --- |
${row('memory of the gateway while they push, most', `${result.peakMb.toFixed(0)} MB`, `${goals.peakMb} MB`, result.peakMb <= goals.peakMb)}
${row('answer to a push, 99 of 100 within', ms(result.p99Ms), `${goals.p99Ms} ms`, result.p99Ms <= goals.p99Ms)}
${row('readings of meters in a closed loop, slower by', `${slowerPercent.toFixed(0)} %`, `${goals.slowerPercent} %`, slowerPercent <= goals.slowerPercent)}

- ${result.answered} pushes were answered, ${result.failed} were not; half of them within ${ms(result.p50Ms)}, the slowest in ${ms(result.maxMs)}. At the end the gateway had ${result.rssMb.toFixed(0)} MB. The closed loop before the cameras ran in the same process and has left its mark on that.
- Meters at the village's pace: ${result.pacedAcked} of ${result.pacedSent} acknowledged in the measured time, 99 of 100 within ${ms(result.pacedP99Ms)}.
- Meters in a closed loop: ${alonePerS.toFixed(0)} a second alone, ${besidePerS.toFixed(0)} beside the cameras; a push is then answered within ${ms(result.busyP99Ms)} (99 of 100).
`;
}

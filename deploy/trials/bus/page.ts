import { turnaroundMs } from '../../../gateway/wires/poll/master.ts';
import { type Case, delay } from './cases.ts';
import { answerWakeUp, type Reckoned, slowestAnswerMs } from './reckon.ts';

/** A case with what was seen, and what the line alone takes. */
export interface Measured extends Case {
  readonly meanS: number;
  readonly worstS: number;
  readonly reckoned: Reckoned;
}

/** What one run of the trial saw. */
export interface Result {
  readonly atMs: number;
  readonly machine: string;
  readonly rounds: number;
  readonly baudRate: number;
  readonly end: 'pty' | 'tcp';
  readonly ten: Measured;
  readonly nine: Measured;
  readonly withDead: Measured;
  readonly others: readonly Measured[];
}

/** Wanted: ten meters, four items each, in at most so long, s; a dead meter makes the others wait at most so much longer. */
const goal = { roundS: 20, deadPercent: 10 } as const;

const costPercent = ({ nine, withDead }: Result): number => 100 * (withDead.meanS / nine.meanS - 1);

export function verdict(result: Result): { readonly reached: boolean; readonly told: string } {
  const cost = costPercent(result);
  const reached = result.ten.meanS <= goal.roundS && cost <= goal.deadPercent;
  const told = `a dead meter costs ${cost.toFixed(1)} %; ${reached ? 'reached' : 'missed'}: at most ${goal.roundS} s, at most ${goal.deadPercent} %`;
  return { reached, told };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(2);

/** docs/buses.md. */
export function page(result: Result): string {
  const { ten, baudRate } = result;
  const { reckoned } = ten;
  const cost = costPercent(result);
  const mark = (reached: boolean) => (reached ? '✓' : '✗');
  const slowest = slowestAnswerMs(reckoned, ten.meters, goal.roundS);
  const silenceS = (ten.meters * reckoned.questions * delay.slowestMs) / 1000;
  const perByteMs = reckoned.bytesMs / (reckoned.askedBytes + reckoned.answeredBytes);
  const row = ({ title, meters, dead, delayMs, meanS, worstS, reckoned: of }: Measured) => {
    const living = meters - dead;
    const least = (living * of.totalMs) / 1000;
    return `| ${title} | ${delayMs} ms | ${living * of.questions} | ${seconds(living * of.bytesMs)} s | ${seconds(living * of.waitMs)} s | ${seconds(living * of.quietMs)} s | ${least.toFixed(2)} s | ${meanS.toFixed(2)} s | ${worstS.toFixed(2)} s |`;
  };
  return `# How long a round of a bus takes

Written by \`npm run trial:bus\` on ${new Date(result.atMs).toISOString().slice(0, 10)}: ${result.rounds} rounds each, on ${result.machine}. Real rounds, intake and journal; simulated DL/T 645 meters
on a real pseudo-terminal on which each byte takes as long as it does on RS-485 at ${baudRate} bit/s.

| what | seen | goal | |
| --- | --- | --- | --- |
| ten meters that answer after ${ten.delayMs} ms, four items each: a round | ${ten.meanS.toFixed(1)} s | ${goal.roundS} s | ${mark(ten.meanS <= goal.roundS)} |
| a dead meter costs nine others | ${cost.toFixed(1)} % | ${goal.deadPercent} % | ${mark(cost <= goal.deadPercent)} |

## The arithmetic

| bus | a meter answers after | questions | bytes on the line | meters think | quiet between | the least | seen | at worst |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${[ten, result.nine, result.withDead, ...result.others].map(row).join('\n')}

- A byte is 11 bits (start, eight, parity, stop): ${perByteMs.toFixed(2)} ms at ${baudRate} bit/s. Four items of a single-phase meter are ${reckoned.askedBytes} bytes of questions and ${reckoned.answeredBytes} of answers, each
  with ${answerWakeUp} bytes FEH before it: ${Math.round(reckoned.bytesMs)} ms. Between an answer and the next question the line is quiet for ${turnaroundMs} ms, so that the meter turns its transceiver round.
- **Meters that take the standard's full ${delay.slowestMs} ms cannot be asked for four items in ${goal.roundS} s**, by whatever program: ${ten.meters} × ${reckoned.questions} answers are ${silenceS.toFixed(1)} s of silence before a single
  byte is said. A bus has one master and its meters share two wires, so nobody else can be asked in the meantime. ${goal.roundS} s are reached by meters that answer within ${Math.round(slowest)} ms.
- Block reads (0203FF00, 0202FF00, 0201FF00, 0206FF00) ask for all phases of one quantity at once. They take four questions instead of thirteen on a three-phase meter;
  on a single-phase meter a block holds one value and two that are empty, so that it is longer and saves no question; many refuse it. Annex A lists no block of power, current,
  voltage and factor together. By the standard's rule of FFH one could be written (02FF0100); no capture, map or manual that we found has a meter that answers it, so it is not asked.
- What does help: fewer items (\`items: [power, current]\`), fewer meters on a line, or 9600 bit/s for what the bytes take. The factor could be reckoned from the other three and a question be
  saved, but that makes more than 21 s, not ${goal.roundS}, and the three are read a second apart: a load that changes in between would have a factor that it never had. It is asked.
- "The least" of a bus with a dead meter is that of the others; the dead one is asked in a tenth of the bus's time at most.
`;
}

import {
  encodeFrame,
  functionOf,
  isAnswer,
  reads,
  scanFrames,
} from '../../drivers/dlt645/frame.ts';
import { createCopper } from './copper.ts';
import { answerOf, type MeterPlan } from './dlt645-meter.ts';
import { type End, ptyEnd, tcpEnd } from './end.ts';

export interface Dlt645Bus {
  /** What the gateway opens: a device file, or HOST:PORT. */
  readonly where: string;
  /** Whole questions heard so far. */
  asked(): number;
  /** Of them, such that would change something in a meter. Must stay 0. */
  writes(): number;
  /** Says something into the line as it is: noise, an echo, half a frame. */
  disturb(bytes: Uint8Array): void;
  stop(): Promise<void>;
}

export interface Dlt645BusPlan {
  readonly meters: readonly MeterPlan[];
  /** bit/s; 2400 as meters are delivered. */
  readonly baudRate?: number;
  readonly end?: 'pty' | 'tcp';
  readonly port?: number;
  /** Adapters that hear themselves: the question comes back before the answer. */
  readonly echo?: boolean;
}

const answerDelayMs = 60;
const readFunctions: readonly number[] = Object.values(reads);
const longestQuestion = 64;

/** DL/T 645 meters on a line that takes its time, on a real pseudo-terminal or behind TCP. */
export async function startDlt645Bus(plan: Dlt645BusPlan): Promise<Dlt645Bus> {
  const { meters, baudRate = 2400, echo = false } = plan;
  const end: End = plan.end === 'tcp' ? await tcpEnd(plan.port) : await ptyEnd();
  const copper = createCopper(end, baudRate);
  const counts = { asked: 0, writes: 0 };
  let held = new Uint8Array();
  copper.onBytes((bytes) => {
    if (echo) end.write(bytes);
    held = Uint8Array.from([...held, ...bytes]).slice(-longestQuestion);
    const { frames, end: done } = scanFrames(held);
    held = held.slice(done);
    for (const frame of frames.filter((one) => !isAnswer(one))) {
      counts.asked += 1;
      if (!readFunctions.includes(functionOf(frame))) counts.writes += 1;
      const sayings = meters.flatMap((meter) => {
        const answer = answerOf(meter, frame);
        if (!answer) return [];
        const said = Uint8Array.from([...(meter.noise ?? []), ...encodeFrame(answer, 4)]);
        if ((meter.garble ?? 0) > 0) {
          meter.garble = (meter.garble ?? 0) - 1;
          said[said.length - 4] = (said[said.length - 4] ?? 0) ^ 0x10;
        }
        return [{ afterMs: meter.delayMs ?? answerDelayMs, bytes: said }];
      });
      if (sayings.length > 0) copper.say(sayings);
    }
  });
  return {
    where: end.where,
    asked: () => counts.asked,
    writes: () => counts.writes,
    disturb: (bytes) => end.write(bytes),
    stop: copper.stop,
  };
}

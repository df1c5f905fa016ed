import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { inputReadings, inputsOption, type Levels, levelsOf } from './codec/inputs.ts';
import { type Json, jsonBytes, jsonObject, number, string } from './codec/json.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';

const Options = z.strictObject({
  up: z.string().max(128).optional().describe('Topic of the board; corx/{device}/up if absent.'),
  down: z.string().max(128).optional().describe('Topic to it; corx/{device}/down if absent.'),
  inputs: inputsOption({ 1: 'loop', 2: 'queue' }),
});
type Options = z.infer<typeof Options>;

const pin = (number: number) => `B${String(number).padStart(2, '0')}`;

/** CORX relay boards (CX-5104E-L). The second status, when the pulse ends, has no `res`: matched by it, never by order. */
export const corx = defineDriver<Options>({
  id: 'corx',
  title: { zh: 'CORX 网络继电器板', en: 'CORX relay board' },
  wire: 'mqtt',
  proven: 'manual',
  sources: [
    'synnnric/anpr: log of a real CX-5104E-L (status 200-250 ms after a command, pulse 1.2 s)',
  ],
  lacks: {
    zh: '没有时间，没有心跳；只有触点，没有接线的输入不读。',
    en: 'No time, no heartbeat; contacts only, and of those the ones that are wired.',
  },
  kinds: ['presence', 'barrier'],
  options: Options,

  topics: (device, { up, down }) => ({
    publishes: [up ?? `corx/${device}/up`],
    subscribes: [down ?? `corx/${device}/down`],
  }),

  decode({ body }, { inputs }, arrival, memory) {
    const message = jsonObject(body);
    if (!isStatus(message)) throw new CodecError('Not a status of the board');
    // Every status repeats all of its inputs; those without a wire say nothing.
    const levels = levelsIn(message).filter(([input]) => inputs[input] !== undefined);
    return checked(inputReadings(levels, inputs, arrival, memory));
  },

  encode(reading, { up, inputs }) {
    const levels = levelsOf(reading, inputs);
    if (levels.some(([input]) => inputs[input] === undefined)) {
      throw new CodecError('An input that is not wired');
    }
    const pins = levels.map(([input, closed]) => [pin(input), closed ? 1 : 0]);
    const body = jsonBytes({ ID: '1', A01: 0, ...Object.fromEntries(pins) });
    return [{ topic: up ?? `corx/${reading.device}/up`, body }];
  },

  command({ kind, id }, { down }, device) {
    if (kind !== 'open') return null;
    // 21xxxx is a pulse that the board ends by itself.
    return [{ topic: down ?? `corx/${device}/down`, body: jsonBytes({ A01: 210001, res: id }) }];
  },

  answer({ body }) {
    const message = jsonObject(body);
    const id = string(message.res);
    return id === undefined || !isStatus(message) ? null : { id, result: 'accepted' };
  },

  get samples() {
    return samples;
  },
});

/** A command of ours holds only the relay and `res`. */
const isStatus = ({ ID, B01 }: Json): boolean => ID !== undefined || B01 !== undefined;

function levelsIn(message: Json): Levels {
  return Object.entries(message).flatMap(([key, value]) => {
    const input = /^B(\d\d)$/.exec(key)?.[1];
    const level = number(value);
    if (input === undefined) return [];
    if (level !== 0 && level !== 1) throw new CodecError('An input that is neither 0 nor 1');
    return [[Number(input), level === 1] as const];
  });
}

const arrival = { device: 'cx-1', lane: 'in-1', atMs: 1773618130800 } as const;
const samples: readonly Sample[] = [
  {
    note: 'a status: the inputs that are wired',
    file: 'gate/corx-relay-status.json',
    arrival,
    readings: [
      { kind: 'presence', ...arrival, input: 'loop', occupied: false },
      { kind: 'presence', ...arrival, input: 'queue', occupied: false },
    ],
  },
  {
    note: 'with two switches of the arm: it is between its ends',
    file: 'gate/corx-relay-status.json',
    arrival,
    options: { inputs: { 1: 'open-limit', 2: 'closed-limit' } },
    readings: [{ kind: 'barrier', ...arrival, state: 'moving' }],
  },
  { note: 'a command of ours', file: 'gate/corx-relay-command.json', refused: 'Not a status' },
];

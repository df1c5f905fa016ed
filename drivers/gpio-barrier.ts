import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { inputReadings, inputsOption, levelsOf } from './codec/inputs.ts';
import { textOf, utf8 } from './codec/text.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';

/** How long a pulse may be, ms. Barrier boards take 200 to 1000 ms as a press (makers' manuals); 3 s is a stuck button. */
export const pulse = { shortestMs: 100, defaultMs: 800, longestMs: 3000 } as const;

const Options = z
  .strictObject({
    chip: z
      .string()
      .min(1)
      .max(64)
      .default('pinctrl-bcm2711')
      .describe(
        'Label of the GPIO chip; its base is added to the lines. Pi 3: pinctrl-bcm2835, Pi 4: pinctrl-bcm2711, Pi 5: pinctrl-rp1.',
      ),
    base: z
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .describe('First number of the chip, where two chips have the same label.'),
    inputs: inputsOption({ 17: 'loop', 27: 'queue' }),
    activeLow: z.boolean().default(true).describe('A closed contact pulls the line down.'),
    debounceMs: z
      .int()
      .min(0)
      .max(1000)
      .default(30)
      .describe('A level counts once it held so long, ms.'),
    relay: z.int().min(0).max(999).optional().describe('The line that opens; none if absent.'),
    relayActiveLow: z
      .boolean()
      .default(false)
      .describe('True: the relay board draws at a low level, as many with optocouplers do.'),
    pulseMs: z
      .int()
      .min(pulse.shortestMs)
      .max(pulse.longestMs)
      .default(pulse.defaultMs)
      .describe('Length of the opening pulse, ms.'),
  })
  .refine(({ inputs, relay }) => relay === undefined || inputs[String(relay)] === undefined, {
    message: 'the line of the relay is also an input',
    path: ['relay'],
  });
type Options = z.infer<typeof Options>;

const topic = /^gpio\/(\d{1,3})$/;
const status = 'gpio/status';
const said = /^(accepted|refused)(?:: (.{1,300}))?$/;

/**
 * Loops, switches and a relay on the box's own pins. The wire says `gpio/{line}` with the level `0` or `1` after
 * debouncing, now and then `gpio/status` with `alive`, and takes `gpio/{line}` with `pulse {ms}`, which it answers with
 * `gpio/{line}/answer`: `accepted` or `refused: {why}`. The relay is off at start and at every exit.
 */
export const gpioBarrier = defineDriver<Options>({
  id: 'gpio-barrier',
  title: {
    zh: '本机 GPIO：地感、限位与开闸继电器',
    en: 'Own GPIO: loops, limit switches, opening relay',
  },
  wire: 'gpio',
  proven: 'manual',
  sources: ['the sysfs GPIO of the kernel, by onoff 6; the form of the messages is our own'],
  lacks: {
    zh: '只有触点：杆位要接两只限位开关才知道。',
    en: 'Contacts only: the position of the arm takes two limit switches.',
  },
  kinds: ['presence', 'barrier', 'status'],
  options: Options,

  decode(message, { inputs, activeLow }, arrival, memory) {
    if (message.topic?.endsWith('/answer')) return [];
    if (message.topic === status) {
      if (textOf(message.body) !== 'alive') throw new CodecError('A status that is not alive');
      const { device, atMs } = arrival;
      return checked([{ kind: 'status', device, atMs, online: true }]);
    }
    const line = topic.exec(message.topic ?? '')?.[1];
    if (line === undefined) throw new CodecError('The topic is not gpio/{line}');
    const level = textOf(message.body).trim();
    if (level !== '0' && level !== '1') throw new CodecError('A level that is neither 0 nor 1');
    if (inputs[line] === undefined) throw new CodecError('A line that is not wired');
    const closed = (level === '0') === activeLow;
    return checked(inputReadings([[Number(line), closed]], inputs, arrival, memory));
  },

  encode(reading, { inputs, activeLow }) {
    if (reading.kind === 'status') {
      if (!reading.online) throw new CodecError('Pins that are gone say nothing');
      return [{ topic: status, body: utf8('alive') }];
    }
    return levelsOf(reading, inputs).map(([line, closed]) => {
      if (inputs[line] === undefined) throw new CodecError('A line that is not wired');
      return { topic: `gpio/${line}`, body: utf8(closed === activeLow ? '0' : '1') };
    });
  },

  command({ kind }, { relay, pulseMs }) {
    if (kind !== 'open' || relay === undefined) return null;
    return [{ topic: `gpio/${relay}`, body: utf8(`pulse ${pulseMs}`) }];
  },

  answer({ topic: of, body }, { relay }) {
    if (relay === undefined || of !== `gpio/${relay}/answer`) return null;
    const [, result, reason] = said.exec(textOf(body)) ?? [];
    if (result !== 'accepted' && result !== 'refused') return null;
    return { id: null, result, ...(reason === undefined ? {} : { reason }) };
  },

  lines: ({ chip, base, inputs, debounceMs, relay, relayActiveLow }) => ({
    chip,
    base,
    inputs,
    debounceMs,
    ...(relay === undefined ? {} : { relay: { line: relay, on: relayActiveLow ? 0 : 1 } as const }),
  }),

  get samples() {
    return samples;
  },
});

const arrival = { device: 'gpio-1', lane: 'in-1', atMs: 1773618130800 } as const;
const samples: readonly Sample[] = [
  {
    note: 'the line goes down: a vehicle on the loop',
    text: '0',
    topic: 'gpio/17',
    arrival,
    readings: [{ kind: 'presence', ...arrival, input: 'loop', occupied: true }],
  },
  {
    note: 'wired the other way round',
    text: '0\n',
    topic: 'gpio/17',
    options: { activeLow: false, relay: 22 },
    arrival,
    readings: [{ kind: 'presence', ...arrival, input: 'loop', occupied: false }],
  },
  {
    note: 'nothing has changed, and the wire is there',
    text: 'alive',
    topic: 'gpio/status',
    arrival,
    readings: [{ kind: 'status', device: 'gpio-1', atMs: 1773618130800, online: true }],
  },
  { note: 'a line that nobody wired', text: '1', topic: 'gpio/4', refused: 'not wired' },
  { note: 'no level', text: 'high', topic: 'gpio/17', refused: 'neither 0 nor 1' },
];

import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { inputReadings, inputsOption, levelsOf } from './codec/inputs.ts';
import { textOf, utf8 } from './codec/text.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';

const Options = z.strictObject({
  chip: z
    .string()
    .min(1)
    .max(64)
    .default('pinctrl-bcm2711')
    .describe('Label of the GPIO chip; its base is added to the lines.'),
  inputs: inputsOption({ 17: 'loop', 27: 'queue' }),
  activeLow: z.boolean().default(true).describe('A closed contact pulls the line down.'),
  debounceMs: z
    .int()
    .min(0)
    .max(1000)
    .default(30)
    .describe('A level counts once it held so long, ms.'),
  relay: z.int().min(0).max(999).optional().describe('The line that opens; none if absent.'),
  pulseMs: z.int().min(100).max(3000).default(800).describe('Length of the opening pulse, ms.'),
});
type Options = z.infer<typeof Options>;

const topic = /^gpio\/(\d{1,3})$/;

/**
 * Loops, switches and a relay on the box's own pins. The wire says `gpio/{line}` with the level `0` or `1` after
 * debouncing, and takes `gpio/{line}` with `pulse {ms}`; the relay is off at start and at every exit.
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
  kinds: ['presence', 'barrier'],
  options: Options,

  decode(message, { inputs, activeLow }, arrival, memory) {
    const line = topic.exec(message.topic ?? '')?.[1];
    if (line === undefined) throw new CodecError('The topic is not gpio/{line}');
    const level = textOf(message.body).trim();
    if (level !== '0' && level !== '1') throw new CodecError('A level that is neither 0 nor 1');
    if (inputs[line] === undefined) throw new CodecError('A line that is not wired');
    const closed = (level === '0') === activeLow;
    return checked(inputReadings([[Number(line), closed]], inputs, arrival, memory));
  },

  encode(reading, { inputs, activeLow }) {
    return levelsOf(reading, inputs).map(([line, closed]) => {
      if (inputs[line] === undefined) throw new CodecError('A line that is not wired');
      return { topic: `gpio/${line}`, body: utf8(closed === activeLow ? '0' : '1') };
    });
  },

  command({ kind }, { relay, pulseMs }) {
    if (kind !== 'open' || relay === undefined) return null;
    return [{ topic: `gpio/${relay}`, body: utf8(`pulse ${pulseMs}`) }];
  },

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
    options: { activeLow: false },
    arrival,
    readings: [{ kind: 'presence', ...arrival, input: 'loop', occupied: false }],
  },
  { note: 'a line that nobody wired', text: '1', topic: 'gpio/4', refused: 'not wired' },
  { note: 'no level', text: 'high', topic: 'gpio/17', refused: 'neither 0 nor 1' },
];

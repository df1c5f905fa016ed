import { z } from 'zod';
import { phaseOf, totalW, wattHours } from './codec/figures.ts';
import { type Json, jsonBytes, jsonObject, number, object, string } from './codec/json.ts';
import { isoMs, localText, utcOffsetMinutes } from './codec/when.ts';
import { CodecError, defineDriver } from './driver.ts';
import type { PowerReading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  topic: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Its %topic%, where it differs from the id.'),
  utcOffsetMinutes,
});

/** A member is a number on one phase and an array on three. */
const each = (value: unknown, at: number): unknown =>
  Array.isArray(value) ? value[at] : at === 0 ? value : undefined;

const wide = {
  Power: 'power',
  ApparentPower: 'apparent',
  Factor: 'factor',
  Voltage: 'voltage',
  Current: 'current',
} as const;

/** Plugs and DIN modules with Tasmota: tele/…/SENSOR every TelePeriod (set it to 10 s), and answers to STATUS 10. */
export const tasmota = defineDriver<z.infer<typeof Options>>({
  id: 'tasmota',
  title: { zh: 'Tasmota 电表（插座、导轨模块）', en: 'Tasmota meter (plug, DIN module)' },
  wire: 'mqtt',
  proven: 'manual',
  sources: ['github.com/tasmota/docs, ENERGY', 'a published capture of Tasmota 5 (2018)'],
  lacks: {
    zh: '没有谐波；“无功”是视在与有功的方差根，分不清相移和畸变；出厂每 300 秒一次，请把 TelePeriod 设为 10。',
    en: 'No harmonics. Its "reactive" power is the root of S² − P² and mixes shift with distortion, so it is left out. Shipped with one message in 300 s: set TelePeriod 10.',
  },
  kinds: ['power'],
  options: Options,
  topics: (device, { topic = device }) => ({
    publishes: [`tele/${topic}/+`, `stat/${topic}/+`],
    subscribes: [`cmnd/${topic}/STATUS`, `cmnd/${topic}/TelePeriod`],
  }),

  decode({ topic, body }, { utcOffsetMinutes: offset }, { device, atMs }) {
    // LWT says Online or Offline as plain text; states and results are none of ours.
    if (topic !== undefined && !/\/(SENSOR|STATUS(8|10))$/.test(topic)) return [];
    const outer = jsonObject(body);
    const said = object(outer.StatusSNS) ?? outer;
    const energy = object(said.ENERGY);
    if (!energy) return [];
    return [readingOf(energy, device, plausibleMs(isoMs(string(said.Time), offset), atMs))];
  },

  encode(reading, { topic, utcOffsetMinutes: offset }) {
    if (reading.kind !== 'power') throw new CodecError(`A Tasmota meter says no ${reading.kind}`);
    const { device, atMs, powerW, energyWh, frequencyHz, phases = [{ powerW }] } = reading;
    const list = (name: 'powerW' | 'powerFactor' | 'voltageV' | 'currentA') => {
      const values = phases.map((phase) => phase[name]);
      return phases.length === 1
        ? values[0]
        : values.every((value) => value === undefined)
          ? undefined
          : values;
    };
    const energy = {
      Total: energyWh === undefined ? undefined : energyWh / 1000,
      Power: list('powerW'),
      Factor: list('powerFactor'),
      Frequency: frequencyHz,
      Voltage: list('voltageV'),
      Current: list('currentA'),
    };
    const text = {
      Time: localText(atMs, offset, atMs % 1000 !== 0).replace(' ', 'T'),
      ENERGY: energy,
    };
    return [{ topic: `tele/${topic ?? device}/SENSOR`, body: jsonBytes(text) }];
  },

  samples: [
    {
      note: 'a plug with a charger behind it',
      file: 'power/mqtt/tasmota-sensor-single.json',
      topic: 'tele/sample/SENSOR',
      arrival: { atMs: 1773666851000 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773666850000,
          powerW: 178,
          energyWh: 812404,
          phases: [{ voltageV: 226, currentA: 1.358, powerW: 178, powerFactor: 0.58 }],
        },
      ],
    },
    {
      note: 'three phases in arrays',
      file: 'power/mqtt/tasmota-sensor-threephase.json',
      topic: 'tele/sample/SENSOR',
      arrival: { atMs: 1773666851000 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773666850000,
          powerW: 8345,
          energyWh: 14093210,
          frequencyHz: 49.98,
          phases: [
            { voltageV: 229, currentA: 18.64, powerW: 4012, powerFactor: 0.94 },
            { voltageV: 228, currentA: 11.903, powerW: 2521, powerFactor: 0.93 },
            { voltageV: 230, currentA: 8.455, powerW: 1812, powerFactor: 0.93 },
          ],
        },
      ],
    },
    {
      note: 'old firmware, a clock of 2018 taken for what it is: unset',
      file: 'power/mqtt/tasmota-sensor-2018.json',
      topic: 'tele/sample/SENSOR',
      arrival: { atMs: 1773666851000 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773666851000,
          powerW: 2,
          energyWh: 264,
          phases: [{ voltageV: 221, currentA: 0.08, powerW: 2, powerFactor: 0.12 }],
        },
      ],
    },
    {
      note: 'a thermometer: no electrical reading, no error',
      file: 'power/mqtt/tasmota-sensor-noenergy.json',
      topic: 'tele/sample/SENSOR',
      readings: [],
    },
    {
      note: 'the answer to STATUS 10',
      file: 'power/mqtt/tasmota-status10.json',
      topic: 'stat/sample/STATUS10',
      arrival: { atMs: 1773666851000 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773666850000,
          powerW: 178,
          energyWh: 812404,
          phases: [{ voltageV: 226, currentA: 1.358, powerW: 178, powerFactor: 0.58 }],
        },
      ],
    },
    {
      note: 'numbers as texts',
      file: 'power/mqtt/quirk-numbers-as-strings.json',
      topic: 'tele/sample/SENSOR',
      arrival: { atMs: 1773666851000 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773666850000,
          powerW: 178,
          energyWh: 812404,
          phases: [{ voltageV: 226, currentA: 1.358, powerW: 178, powerFactor: 0.58 }],
        },
      ],
    },
    {
      note: 'a reversed clamp: negative power stays negative',
      file: 'power/mqtt/quirk-negative-power.json',
      topic: 'tele/sample/SENSOR',
      arrival: { atMs: 1773666851000 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773666850000,
          powerW: -178,
          energyWh: 12500,
          phases: [{ voltageV: 226, currentA: 1.358, powerW: -178, powerFactor: 0.58 }],
        },
      ],
    },
    {
      note: 'what cannot be',
      file: 'power/mqtt/quirk-impossible.json',
      topic: 'tele/sample/SENSOR',
      refused: 'cannot belong to one supply',
    },
  ],
});

function readingOf(energy: Json, device: string, atMs: number): PowerReading {
  const lists = Object.values(energy).filter(Array.isArray);
  const n = Math.min(3, Math.max(1, ...lists.map((list) => list.length)));
  const phases = Array.from({ length: n }, (_, at) =>
    phaseOf(
      Object.fromEntries(
        Object.entries(wide).map(([theirs, ours]) => [ours, each(energy[theirs], at)]),
      ),
    ),
  );
  if (phases.every(({ powerW }) => powerW === undefined))
    throw new CodecError('ENERGY without Power');
  const energyWh = wattHours(Array.isArray(energy.Total) ? undefined : energy.Total);
  const frequencyHz = number(
    Array.isArray(energy.Frequency) ? energy.Frequency[0] : energy.Frequency,
  );
  return {
    kind: 'power',
    device,
    atMs,
    powerW: totalW(phases),
    phases,
    ...(energyWh === undefined ? {} : { energyWh }),
    ...(frequencyHz === undefined || frequencyHz < 0 ? {} : { frequencyHz }),
  };
}

import { z } from 'zod';
import { phaseOf, wattHours } from './codec/figures.ts';
import { type Json, jsonBytes, jsonObject, number } from './codec/json.ts';
import { CodecError, defineDriver } from './driver.ts';
import type { Phase } from './reading.ts';

const Options = z.strictObject({
  topic: z
    .string()
    .regex(/^[\w./-]{1,100}$/)
    .optional()
    .describe('The topic it publishes on; meters/DEVICE if absent.'),
  phases: z
    .union([z.literal(1), z.literal(3)])
    .default(3)
    .describe('Phases of the meter.'),
});

const letters = ['A', 'B', 'C'] as const;
/** How far P may lie from U × I × factor: a share of U × I, and W that rounding makes. */
const mismatch = { share: 0.15, watts: 20 } as const;

/** Optical (infrared) readers that sit on a utility meter and send what its display shows over 4G. */
export const cnInfrared = defineDriver<z.infer<typeof Options>>({
  id: 'cn-infrared',
  title: { zh: '红外抄表器（4G）', en: 'Optical reader on a utility meter (4G)' },
  wire: 'mqtt',
  proven: 'manual',
  sources: ['blog.csdn.net 129128298: published message of a 4G reader of DL/T 645 meters'],
  lacks: {
    zh: '没有时间和谐波；公开样本里的数字自相矛盾，对不上的整条拒绝；主题由厂家定，要写进配置。',
    en: 'No time, no harmonics. The figures of the published message contradict each other: what does not fit together is refused. Its topic is the maker’s choice and has to be configured.',
  },
  kinds: ['power'],
  options: Options,
  topics: (device, { topic = `meters/${device}` }) => ({ publishes: [topic], subscribes: [] }),

  decode({ body }, options, { device, atMs }) {
    const said = jsonObject(body);
    const kilo = number(said.actPower);
    if (kilo === undefined) throw new CodecError('No actPower');
    const phases = letters.slice(0, options.phases).map((letter) => phase(said, letter));
    const known = phases.some((one) => Object.keys(one).length > 0);
    const energyWh = wattHours(said.Ftotal);
    return [
      {
        kind: 'power',
        device,
        atMs,
        powerW: watts(kilo),
        ...(known ? { phases } : {}),
        ...(energyWh === undefined ? {} : { energyWh }),
      },
    ];
  },

  encode(reading, { topic, phases: count }) {
    if (reading.kind !== 'power') throw new CodecError(`A meter says no ${reading.kind}`);
    const { device, powerW, phases = [], energyWh } = reading;
    if (phases.length > count) throw new CodecError(`It has ${count} phases`);
    const said: Record<string, unknown> = {
      ID: device,
      actPower: powerW / 1000,
      Ftotal: energyWh === undefined ? undefined : energyWh / 1000,
    };
    for (const [at, one] of phases.entries()) {
      const letter = letters[at];
      said[`vol${letter}`] = one.voltageV;
      said[`current${letter}`] = one.currentA;
      said[`actPower${letter}`] = one.powerW === undefined ? undefined : one.powerW / 1000;
      said[`fac${letter}`] = one.powerFactor;
    }
    return [{ topic: topic ?? `meters/${device}`, body: jsonBytes(said) }];
  },

  samples: [
    {
      note: 'the published message: 70 A at 0 kW cannot be',
      file: 'power/mqtt/cn-infrared-reader.json',
      topic: 'meters/sample',
      refused: 'cannot belong to one supply',
    },
    {
      note: 'the same members with figures that fit: composed',
      topic: 'meters/sample',
      text: '{"ID":"865650045071202","Ftotal":105.15,"Rtotal":0,"actPower":8.345,"actPowerA":4.012,"actPowerB":2.521,"actPowerC":1.812,"currentA":18.64,"currentB":11.9,"currentC":8.46,"facA":0.94,"facB":0.93,"facC":0.93,"volA":229.1,"volB":228.4,"volC":230.2}',
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 8345,
          phases: [
            { voltageV: 229.1, currentA: 18.64, powerW: 4012, powerFactor: 0.94 },
            { voltageV: 228.4, currentA: 11.9, powerW: 2521, powerFactor: 0.93 },
            { voltageV: 230.2, currentA: 8.46, powerW: 1812, powerFactor: 0.93 },
          ],
          energyWh: 105150,
        },
      ],
    },
  ],
});

function phase(said: Json, letter: string): Phase {
  const kilo = number(said[`actPower${letter}`]);
  const one = phaseOf({
    voltage: said[`vol${letter}`],
    current: said[`current${letter}`],
    power: kilo === undefined ? undefined : watts(kilo),
    factor: said[`fac${letter}`],
  });
  const { voltageV, currentA, powerW, powerFactor } = one;
  if (
    voltageV !== undefined &&
    currentA !== undefined &&
    powerW !== undefined &&
    powerFactor !== undefined
  ) {
    const apparentVa = voltageV * currentA;
    const offW = Math.abs(Math.abs(powerW) - apparentVa * powerFactor);
    // Current without power and without a factor is a register that was not read.
    const dead = powerW === 0 && powerFactor === 0 && apparentVa > mismatch.watts;
    if (dead || offW > mismatch.share * apparentVa + mismatch.watts)
      throw new CodecError('The figures cannot belong to one supply');
  }
  return one;
}

const watts = (kilo: number): number => Math.round(kilo * 1e6) / 1000;

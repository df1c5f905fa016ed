import { z } from 'zod';
import { phaseOf, totalW } from './codec/figures.ts';
import { bareNumber, gather } from './codec/gather.ts';
import { textOf, utf8 } from './codec/text.ts';
import { CodecError, defineDriver, type Memory } from './driver.ts';
import type { PowerReading } from './reading.ts';

const Options = z.strictObject({
  id: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional()
    .describe('Its name on MQTT, e.g. shellyem3-ABCDEF012345, where it differs from the id.'),
  phases: z
    .union([z.literal(1), z.literal(3)])
    .default(3)
    .describe('Clamps that are one supply.'),
});
type Options = z.infer<typeof Options>;

const members = ['power', 'pf', 'current', 'voltage'] as const;

/** Shelly 3EM of the first generation: one number a topic below shellies/…/emeter/0 to 2. */
export const shellyGen1 = defineDriver<Options>({
  id: 'shelly-gen1',
  title: { zh: 'Shelly 3EM（第一代）', en: 'Shelly 3EM (first generation)' },
  wire: 'mqtt',
  proven: 'manual',
  sources: ['Gen1 device API, Shelly 3EM: MQTT, as public integrations use it'],
  lacks: {
    zh: '一个话题一个数，按一秒内合成一条；没有自己的时间和谐波；电量是上一次报的。',
    en: 'One number a topic, joined within a second; no time of its own, no harmonics; the counter is the one that was told last.',
  },
  kinds: ['power'],
  options: Options,
  topics: (device, { id = device }) => ({
    publishes: [`shellies/${id}/emeter/+/+`, `shellies/${id}/online`, `shellies/${id}/announce`],
    subscribes: [`shellies/${id}/command`, 'shellies/command'],
  }),

  decode({ topic = '', body }, options, { device, atMs }, memory) {
    const [, at, member] = /\/emeter\/(\d)\/([a-z_]+)$/.exec(topic) ?? [];
    if (at === undefined || member === undefined || Number(at) >= options.phases) return [];
    const isTotal = member === 'total';
    if (!isTotal && !(members as readonly string[]).includes(member)) return [];
    const value = bareNumber(textOf(body.subarray(0, 64)));
    if (typeof value !== 'number') throw new CodecError('Not a number');
    if (isTotal) {
      keepTotal(memory, Number(at), value);
      return [];
    }
    const wanted = namesOf(options);
    const complete = (values: object) => wanted.every((name) => name in values);
    const said = { name: `${at}/${member}`, value, atMs };
    return gather(memory, said, wanted, complete, wanted[0]).map((moment) =>
      readingOf(moment.values, options, { device, atMs: moment.atMs }, memory),
    );
  },

  encode(reading, { id, phases: count }) {
    if (reading.kind !== 'power') throw new CodecError(`A Shelly meter says no ${reading.kind}`);
    const { device, phases = [], energyWh } = reading;
    const say = (name: string, value: number) => ({
      topic: `shellies/${id ?? device}/emeter/${name}`,
      body: utf8(String(value)),
    });
    if (phases.length !== count) throw new CodecError(`It has ${count} phases`);
    const totals =
      energyWh === undefined
        ? []
        : phases.map((_, at) => say(`${at}/total`, at === 0 ? energyWh : 0));
    return [
      ...totals,
      ...phases.flatMap(({ powerW, powerFactor, currentA, voltageV }, at) => {
        if (
          powerW === undefined ||
          powerFactor === undefined ||
          currentA === undefined ||
          voltageV === undefined
        ) {
          throw new CodecError('It always tells power, factor, current and voltage');
        }
        return [
          say(`${at}/power`, powerW),
          say(`${at}/pf`, powerFactor),
          say(`${at}/current`, currentA),
          say(`${at}/voltage`, voltageV),
        ];
      }),
    ];
  },

  samples: [
    {
      note: 'the first clamp of a 3EM, its numbers in a row',
      file: 'power/mqtt/shelly-gen1-em3-topics.json',
      list: true,
      options: { phases: 1 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 375.5,
          phases: [{ voltageV: 229.01, currentA: 2.39, powerW: 375.5, powerFactor: 0.76 }],
        },
      ],
    },
    {
      note: 'one phase of three is no reading',
      file: 'power/mqtt/shelly-gen1-em3-topics.json',
      list: true,
      readings: [],
    },
    {
      note: 'what is no number',
      topic: 'shellies/sample/emeter/0/power',
      text: 'overpower',
      refused: 'Not a number',
    },
  ],
});

const namesOf = ({ phases }: Options): readonly string[] =>
  Array.from({ length: phases }, (_, at) => members.map((member) => `${at}/${member}`)).flat();

function keepTotal(memory: Memory, at: number, totalWh: number): void {
  const totals = { ...(memory.totalsWh as Record<number, number> | undefined) };
  if (totalWh >= 0) totals[at] = totalWh;
  memory.totalsWh = totals;
}

function readingOf(
  values: Readonly<Record<string, number | null>>,
  { phases: count }: Options,
  { device, atMs }: Pick<PowerReading, 'device' | 'atMs'>,
  memory: Memory,
): PowerReading {
  const phases = Array.from({ length: count }, (_, at) =>
    phaseOf({
      power: values[`${at}/power`],
      factor: values[`${at}/pf`],
      current: values[`${at}/current`],
      voltage: values[`${at}/voltage`],
    }),
  );
  const totals = Object.values((memory.totalsWh ?? {}) as Record<number, number>);
  const energyWh =
    totals.length === count
      ? Math.round(totals.reduce((sum, one) => sum + one, 0) * 1000) / 1000
      : undefined;
  return {
    kind: 'power',
    device,
    atMs,
    powerW: totalW(phases),
    phases,
    ...(energyWh === undefined ? {} : { energyWh }),
  };
}

import { z } from 'zod';
import { phaseOf, totalW } from './codec/figures.ts';
import { bareNumber, gather } from './codec/gather.ts';
import { jsonBytes, jsonObject, number } from './codec/json.ts';
import { textOf } from './codec/text.ts';
import { CodecError, defineDriver } from './driver.ts';
import type { Phase, PowerReading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Name = z.string().regex(/^[\w.-]{1,64}$/);
const Options = z.strictObject({
  node: Name.optional().describe('Its node name in emonHub, where it differs from the id.'),
  base: Name.default('emon').describe(
    'The base topic (node_JSON_basetopic, nodevar_format_basetopic).',
  ),
  power: z
    .array(Name)
    .min(1)
    .max(3)
    .default(['P1', 'P2', 'P3'])
    .describe('Values that are the phases, W. Name no sum beside its parts: it would count twice.'),
  voltage: z.array(Name).max(3).default(['Vrms']).describe('Voltages, V, of the same phases.'),
  energy: z
    .array(Name)
    .max(3)
    .default(['E1', 'E2', 'E3'])
    .describe('Counters, Wh, that are added up.'),
});
type Options = z.infer<typeof Options>;

/** emonTx and emonPi through emonHub: a JSON object a node, or one topic a value. */
export const emonhub = defineDriver<Options>({
  id: 'emonhub',
  title: { zh: 'OpenEnergyMonitor 开源电表（emonHub）', en: 'OpenEnergyMonitor through emonHub' },
  wire: 'mqtt',
  proven: 'manual',
  sources: [
    'github.com/openenergymonitor/emonhub, conf: node_JSON_basetopic',
    'a published log of emonHub (2017): one topic a value',
  ],
  lacks: {
    zh: '多数固件不发功率因数和电流；一个话题一个数时没有时间；哪个钳是哪一相要在配置里写。',
    en: 'Most firmware sends neither power factor nor current; with one topic a value there is no time; which clamp is which phase has to be listed.',
  },
  kinds: ['power'],
  options: Options,
  topics: (device, { base, node = device }) => ({
    publishes: [`${base}/${node}`, `${base}/${node}/+`],
    subscribes: [],
  }),

  decode({ topic = '', body }, options, { device, atMs }, memory) {
    const { base, node = device } = options;
    const name = topic.startsWith(`${base}/${node}/`)
      ? topic.slice(base.length + node.length + 2)
      : undefined;
    if (name === undefined) {
      const said = jsonObject(body);
      const seconds = number(said.time);
      const at = plausibleMs(seconds === undefined ? null : Math.round(seconds * 1000), atMs);
      return [readingOf((one) => number(said[one]), options, device, at)];
    }
    const wanted = [...options.power, ...options.voltage, ...options.energy];
    if (!wanted.includes(name)) return [];
    const value = bareNumber(textOf(body.subarray(0, 64)));
    if (typeof value !== 'number') throw new CodecError('Not a number');
    const counts = (values: object) => options.power.every((one) => one in values);
    return gather(memory, { name, value, atMs }, wanted, counts).map((moment) =>
      readingOf((one) => moment.values[one] ?? undefined, options, device, moment.atMs),
    );
  },

  encode(reading, { base, node, power, voltage, energy }) {
    if (reading.kind !== 'power') throw new CodecError(`An emonTx says no ${reading.kind}`);
    const { device, atMs, powerW, phases = [{ powerW }], energyWh } = reading;
    if (phases.length !== power.length) throw new CodecError(`It measures ${power.length} phases`);
    const said: Record<string, number | undefined> = { time: atMs / 1000 };
    for (const [at, name] of power.entries()) said[name] = phases[at]?.powerW;
    for (const [at, name] of voltage.entries()) said[name] = phases[at]?.voltageV;
    for (const [at, name] of energy.entries()) {
      said[name] = energyWh === undefined ? undefined : at === 0 ? energyWh : 0;
    }
    return [{ topic: `${base}/${node ?? device}`, body: jsonBytes(said) }];
  },

  samples: [
    {
      note: 'a node as one object, its own time with a fraction; the voltage is that of the first phase',
      file: 'power/mqtt/emonhub-json.json',
      topic: 'emon/sample',
      arrival: { atMs: 1773666851000 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773666850100,
          powerW: 8345,
          phases: [{ voltageV: 229.1, powerW: 4012 }, { powerW: 2521 }, { powerW: 1812 }],
          energyWh: 14093200,
        },
      ],
    },
    {
      note: 'one topic a value; the sum is named, its parts are not',
      file: 'power/mqtt/emonhub-nodevar-topics.json',
      list: true,
      options: { node: 'emonpi', power: ['power1pluspower2'], voltage: ['vrms'], energy: [] },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 1174,
          phases: [{ voltageV: 240.34, powerW: 1174 }],
        },
      ],
    },
    {
      note: 'an object without one of its phases',
      topic: 'emon/sample',
      text: '{"time":1773618130,"P1":100,"P2":200}',
      refused: 'P3',
    },
  ],
});

function readingOf(
  value: (name: string) => number | undefined,
  { power, voltage, energy }: Options,
  device: string,
  atMs: number,
): PowerReading {
  const phases: Phase[] = power.map((name, at) => {
    const watt = value(name);
    if (watt === undefined) throw new CodecError(`A node without ${name}`);
    const volt = voltage[at];
    return phaseOf({ power: watt, voltage: volt === undefined ? undefined : value(volt) });
  });
  const counters = energy.map(value).filter((one) => one !== undefined && one >= 0) as number[];
  const whole = energy.length > 0 && counters.length === energy.length;
  const plain = phases.length === 1 && phases[0]?.voltageV === undefined;
  return {
    kind: 'power',
    device,
    atMs,
    powerW: totalW(phases),
    ...(plain ? {} : { phases }),
    ...(whole ? { energyWh: counters.reduce((sum, one) => sum + one, 0) } : {}),
  };
}

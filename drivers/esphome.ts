import { z } from 'zod';
import { bareNumber, gather } from './codec/gather.ts';
import {
  byQuantity,
  isPower,
  type Named,
  namesOption,
  readingOf,
  saidOf,
} from './codec/quantities.ts';
import { textOf, utf8 } from './codec/text.ts';
import { CodecError, defineDriver } from './driver.ts';

/** As the examples of the components are named, three phases; every node chooses its own. */
const usual: Named = Object.fromEntries([
  ...(['l1', 'l2', 'l3'] as const).flatMap(
    (phase) =>
      [
        [`${phase}_power`, `${phase}.powerW`],
        [`${phase}_power_factor`, `${phase}.powerFactor`],
        [`${phase}_current`, `${phase}.currentA`],
        [`${phase}_voltage`, `${phase}.voltageV`],
      ] as const,
  ),
  ['total_energy', 'energyKwh'],
]);

const Options = z.strictObject({
  node: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional()
    .describe('Its topic prefix, where it differs from the id.'),
  sensors: namesOption(
    usual,
    'What each sensor (object id) tells, with its unit; on one phase list only those that there are.',
  ),
});

/** Boards with ESPHome (pzemac, sdm_meter, emontx): one bare number a topic, joined into readings. */
export const esphome = defineDriver<z.infer<typeof Options>>({
  id: 'esphome',
  title: { zh: 'ESPHome 自制电表', en: 'ESPHome meter (home-made)' },
  wire: 'mqtt',
  proven: 'manual',
  sources: ['esphome.io, MQTT client component', 'esphome.io/components/sensor/emontx'],
  lacks: {
    zh: '传感器名字由做的人自己取，要在配置里对应；没有自己的时间；某相读不到（nan）时整条不算。',
    en: 'Names of sensors are chosen by whoever built it and have to be listed; no time of its own; while one phase cannot be read (nan) there is no reading.',
  },
  kinds: ['power'],
  options: Options,
  topics: (device, { node = device }) => ({
    publishes: [`${node}/sensor/+/state`, `${node}/status`],
    subscribes: [],
  }),

  decode({ topic = '', body }, { sensors }, { device, atMs }, memory) {
    // status is the last will, online or offline; other components are none of ours.
    const name = /\/sensor\/([^/]+)\/state$/.exec(topic)?.[1];
    if (name === undefined || !Object.hasOwn(sensors, name)) return [];
    const value = bareNumber(textOf(body.subarray(0, 64)));
    if (value === undefined) throw new CodecError('Not a number');
    // A sum without one of its phases would be a lie: every power that is listed must have been said.
    const powers = Object.keys(sensors).filter((one) => sensors[one] && isPower(sensors[one]));
    const counts = (values: object) => powers.every((one) => one in values);
    return gather(memory, { name, value, atMs }, Object.keys(sensors), counts).flatMap(
      (moment) => readingOf(byQuantity(moment.values, sensors), device, moment.atMs) ?? [],
    );
  },

  encode(reading, { node, sensors }) {
    if (reading.kind !== 'power') throw new CodecError(`An ESPHome meter says no ${reading.kind}`);
    return Object.entries(saidOf(reading, sensors, { saysUnknown: true })).map(([name, value]) => ({
      topic: `${node ?? reading.device}/sensor/${name}/state`,
      body: utf8(value === null ? 'nan' : String(value)),
    }));
  },

  samples: [
    {
      note: 'one phase of a node whose second phase cannot be read: no sum of a part',
      file: 'power/mqtt/esphome-topics.json',
      list: true,
      readings: [],
    },
    {
      note: 'a node of one phase: its values are one reading',
      file: 'power/mqtt/esphome-topics.json',
      list: true,
      options: {
        sensors: {
          l1_power: 'l1.powerW',
          l1_power_factor: 'l1.powerFactor',
          l1_current: 'l1.currentA',
          total_energy: 'energyKwh',
        },
      },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 4012,
          phases: [{ currentA: 18.64, powerW: 4012, powerFactor: 0.94 }],
          energyWh: 14093210,
        },
      ],
    },
    {
      note: 'what is no number',
      topic: 'sample/sensor/l1_power/state',
      text: 'unavailable',
      refused: 'Not a number',
    },
  ],
});

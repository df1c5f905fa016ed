import { z } from 'zod';
import { phaseOf, totalW, wattHours } from './codec/figures.ts';
import { type Json, jsonBytes, jsonObject, number } from './codec/json.ts';
import { CodecError, defineDriver } from './driver.ts';
import type { Phase } from './reading.ts';

const Options = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Its friendly name, where it differs from the id.'),
  base: z.string().min(1).max(64).default('zigbee2mqtt').describe('The base topic of the bridge.'),
});

const suffixes = ['_a', '_b', '_c'] as const;

/** Plugs, clamps and breakers behind a Zigbee bridge. No time of its own; factors in per cent on three phases. */
export const zigbee2mqtt = defineDriver<z.infer<typeof Options>>({
  id: 'zigbee2mqtt',
  title: {
    zh: 'Zigbee2MQTT 电表（插座、三相钳、漏电断路器）',
    en: 'Zigbee2MQTT meter (plug, clamp, RCBO)',
  },
  wire: 'mqtt',
  proven: 'manual',
  sources: ['zigbee2mqtt.io, pages of TS011F plugs, three-phase clamps and Tuya RCBOs'],
  lacks: {
    zh: '没有自己的时间；只发变化的字段，缺功率的消息不算读数；没有谐波。',
    en: 'No time of its own; it sends what changed, and a message without power is no reading; no harmonics.',
  },
  kinds: ['power'],
  options: Options,
  topics: (device, { base, name = device }) => ({
    publishes: [`${base}/${name}`],
    subscribes: [`${base}/${name}/get`],
  }),

  decode({ body }, _options, { device, atMs }) {
    const said = jsonObject(body);
    const phases = phasesOf(said);
    const powerW =
      number(said.power) ??
      (phases.some((phase) => phase.powerW !== undefined) ? totalW(phases) : undefined);
    if (powerW === undefined) return [];
    const energyWh = wattHours(said.energy);
    const residualMa = number(said.leakage_current);
    const temperatureC = number(said.temperature) ?? number(said.device_temperature);
    const frequencyHz = number(said.ac_frequency);
    return [
      {
        kind: 'power',
        device,
        atMs,
        powerW,
        ...(phases.length === 0 ? {} : { phases }),
        ...(energyWh === undefined ? {} : { energyWh }),
        ...(residualMa === undefined || residualMa < 0 ? {} : { residualMa }),
        ...(temperatureC === undefined ? {} : { temperatureC }),
        ...(frequencyHz === undefined || frequencyHz < 0 ? {} : { frequencyHz }),
      },
    ];
  },

  encode(reading, { base, name }) {
    if (reading.kind !== 'power') throw new CodecError(`A Zigbee meter says no ${reading.kind}`);
    const {
      device,
      powerW,
      phases = [],
      energyWh,
      residualMa,
      temperatureC,
      frequencyHz,
    } = reading;
    const [only] = phases;
    const three = Object.fromEntries(
      phases.flatMap(({ voltageV, currentA, powerW: phaseW, powerFactor }, at) => [
        [`voltage${suffixes[at]}`, voltageV],
        [`current${suffixes[at]}`, currentA],
        [`power${suffixes[at]}`, phaseW],
        [
          `power_factor${suffixes[at]}`,
          powerFactor === undefined ? undefined : Math.round(powerFactor * 1e6) / 1e4,
        ],
      ]),
    );
    const said = {
      power: powerW,
      ...(phases.length === 1 ? { voltage: only?.voltageV, current: only?.currentA } : three),
      energy: energyWh === undefined ? undefined : energyWh / 1000,
      leakage_current: residualMa,
      temperature: temperatureC,
      ac_frequency: frequencyHz,
    };
    return [{ topic: `${base}/${name ?? device}`, body: jsonBytes(said) }];
  },

  samples: [
    {
      note: 'a three-phase clamp, factors in per cent',
      file: 'power/mqtt/zigbee2mqtt-3phase-clamp.json',
      topic: 'zigbee2mqtt/sample',
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 8345,
          energyWh: 14093210,
          temperatureC: 31.5,
          frequencyHz: 50,
          phases: [
            { voltageV: 229.1, currentA: 18.64, powerW: 4012, powerFactor: 0.94 },
            { voltageV: 228.4, currentA: 11.9, powerW: 2521, powerFactor: 0.93 },
            { voltageV: 230.2, currentA: 8.46, powerW: 1812, powerFactor: 0.93 },
          ],
        },
      ],
    },
    {
      note: 'a breaker that measures leakage and its own heat',
      file: 'power/mqtt/zigbee2mqtt-rcbo-leakage.json',
      topic: 'zigbee2mqtt/sample',
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 178,
          phases: [{ voltageV: 226, currentA: 1.36, powerW: 178 }],
          energyWh: 101520,
          residualMa: 11,
          temperatureC: 41,
        },
      ],
    },
    {
      note: 'a plug',
      file: 'power/mqtt/zigbee2mqtt-plug.json',
      topic: 'zigbee2mqtt/sample',
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 178,
          phases: [{ voltageV: 226, currentA: 1.36, powerW: 178 }],
          energyWh: 12340,
        },
      ],
    },
    {
      note: 'a message of what changed, without power',
      text: '{"state":"ON","linkquality":90}',
      topic: 'zigbee2mqtt/sample',
      readings: [],
    },
  ],
});

function phasesOf(said: Json): Phase[] {
  const three = suffixes.map((suffix) => {
    const percent = number(said[`power_factor${suffix}`]);
    return phaseOf({
      voltage: said[`voltage${suffix}`],
      current: said[`current${suffix}`],
      power: said[`power${suffix}`],
      factor: percent === undefined ? undefined : percent / 100,
    });
  });
  if (three.some((phase) => Object.keys(phase).length > 0)) return three;
  const one = phaseOf({ voltage: said.voltage, current: said.current, power: said.power });
  return one.voltageV === undefined && one.currentA === undefined ? [] : [one];
}

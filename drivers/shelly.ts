import { z } from 'zod';
import { phaseOf, totalW } from './codec/figures.ts';
import { type Json, jsonBytes, jsonObject, number, object } from './codec/json.ts';
import { CodecError, defineDriver, type Memory } from './driver.ts';
import type { Phase, PowerReading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  prefix: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Its MQTT prefix, where it differs from the id.'),
});

const letters = ['a', 'b', 'c'] as const;

/** Shelly meters of the second generation and later: em, em1, switch, emdata; status topics, notifications, answers. */
export const shelly = defineDriver<z.infer<typeof Options>>({
  id: 'shelly',
  title: { zh: 'Shelly 电表（Pro 3EM、EM、插座）', en: 'Shelly meter (Pro 3EM, EM, plug)' },
  wire: 'mqtt',
  proven: 'manual',
  sources: [
    'shelly-api-docs.shelly.cloud, EM, EM1, Switch, EMData',
    'fixtures of the public project aioshelly',
  ],
  lacks: {
    zh: '状态主题没有时间；变化超过 5% 或 10 瓦才通知，采样不均匀；没有谐波。第一代（shellies/…）的话题不读。',
    en: 'Status topics carry no time; it notifies on a change of 5 % or 10 W; no harmonics. Topics of the first generation (shellies/…) are not read.',
  },
  kinds: ['power'],
  options: Options,
  topics: (device, { prefix = device }) => ({
    publishes: [`${prefix}/status/+`, `${prefix}/events/rpc`, `${prefix}/rpc`, `${prefix}/online`],
    subscribes: [`${prefix}/rpc`, `${prefix}/command`],
  }),

  decode({ topic = '', body }, _options, { device, atMs }, memory) {
    if (/\/online$/.test(topic)) return [];
    const said = jsonObject(body);
    const params = object(said.params);
    if (params) {
      const seconds = number(params.ts);
      const at = plausibleMs(seconds === undefined ? null : Math.round(seconds * 1000), atMs);
      return Object.entries(params).flatMap(([name, part]) =>
        partOf(name, object(part), device, at, memory),
      );
    }
    const name = /\/status\/([\w:]+)$/.exec(topic)?.[1] ?? nameOf(object(said.result) ?? said);
    return partOf(name, object(said.result) ?? said, device, atMs, memory);
  },

  encode(reading, { prefix }) {
    if (reading.kind !== 'power') throw new CodecError(`A Shelly meter says no ${reading.kind}`);
    const { device, atMs, powerW, phases = [], neutralA, energyWh, temperatureC } = reading;
    const [only] = phases;
    const three = Object.fromEntries(
      phases.flatMap(({ voltageV, currentA, powerW: phaseW, powerFactor }, at) => [
        [`${letters[at]}_voltage`, voltageV],
        [`${letters[at]}_current`, currentA],
        [`${letters[at]}_act_power`, phaseW],
        [`${letters[at]}_pf`, powerFactor],
      ]),
    );
    const part: Record<string, unknown> =
      phases.length === 3
        ? { 'em:0': { id: 0, ...three, n_current: neutralA, total_act_power: powerW } }
        : only?.powerFactor !== undefined
          ? {
              'em1:0': {
                id: 0,
                voltage: only.voltageV,
                current: only.currentA,
                act_power: powerW,
                pf: only.powerFactor,
              },
            }
          : {
              'switch:0': {
                id: 0,
                apower: powerW,
                voltage: only?.voltageV,
                current: only?.currentA,
                aenergy: energyWh === undefined ? undefined : { total: energyWh },
                temperature: temperatureC === undefined ? undefined : { tC: temperatureC },
              },
            };
    const energy =
      phases.length === 3 && energyWh !== undefined ? { 'emdata:0': { total_act: energyWh } } : {};
    // What the counter says goes first: the reading that follows carries it.
    const params = { ts: atMs / 1000, ...energy, ...part };
    return [
      {
        topic: `${prefix ?? device}/events/rpc`,
        body: jsonBytes({ src: device, method: 'NotifyStatus', params }),
      },
    ];
  },

  samples: [
    {
      note: 'three phases, status topic without time',
      file: 'power/mqtt/shelly-status-em0.json',
      topic: 'sample/status/em:0',
      readings: [pro3em(1773618130500)],
    },
    {
      note: 'the counter alone is no reading',
      file: 'power/mqtt/shelly-status-emdata0.json',
      topic: 'sample/status/emdata:0',
      readings: [],
    },
    {
      note: 'a notification with its time',
      file: 'power/mqtt/shelly-notifystatus-em0.json',
      topic: 'sample/events/rpc',
      arrival: { atMs: 1773666851000 },
      readings: [pro3em(1773666850360)],
    },
    {
      note: 'the answer to EM.GetStatus',
      file: 'power/mqtt/shelly-rpc-em-getstatus-response.json',
      topic: 'gateway-power/rpc',
      readings: [pro3em(1773618130500)],
    },
    {
      note: 'one clamp of two',
      file: 'power/mqtt/shelly-status-em1-1.json',
      topic: 'sample/status/em1:1',
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 501.8,
          phases: [{ voltageV: 234.9, currentA: 2.598, powerW: 501.8, powerFactor: 0.84 }],
        },
      ],
    },
    {
      note: 'a plug: no power factor, and none is made up',
      file: 'power/mqtt/shelly-status-switch0.json',
      topic: 'sample/status/switch:0',
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 178.4,
          phases: [{ voltageV: 226.9, currentA: 1.357, powerW: 178.4 }],
          energyWh: 7258.589,
          temperatureC: 32.1,
        },
      ],
    },
  ],
});

function pro3em(atMs: number): PowerReading {
  return {
    kind: 'power',
    device: 'sample',
    atMs,
    powerW: 558.965,
    phases: [
      { voltageV: 229, currentA: 2.392, powerW: 375.5, powerFactor: 0.76 },
      { voltageV: 229, currentA: 1.037, powerW: 170.8, powerFactor: 0.78 },
      { voltageV: 229.2, currentA: 0.428, powerW: 12.7, powerFactor: 0.53 },
    ],
  };
}

/** An answer does not name its component: its members do. */
const nameOf = (part: Json): string =>
  'a_act_power' in part
    ? 'em:0'
    : 'act_power' in part
      ? 'em1:0'
      : 'apower' in part
        ? 'switch:0'
        : '';

function partOf(
  name: string,
  part: Json | undefined,
  device: string,
  atMs: number,
  memory: Memory,
): PowerReading[] {
  if (!part) return [];
  const [kind = ''] = name.split(':');
  if (kind === 'emdata' || kind === 'em1data') {
    const total = number(part.total_act) ?? number(part.total_act_energy);
    if (total !== undefined && total >= 0) memory.energyWh = total;
    return [];
  }
  const kept = typeof memory.energyWh === 'number' ? { energyWh: memory.energyWh } : {};
  if (kind === 'em') {
    const phases: Phase[] = letters.map((letter) =>
      phaseOf({
        voltage: part[`${letter}_voltage`],
        current: part[`${letter}_current`],
        power: part[`${letter}_act_power`],
        factor: part[`${letter}_pf`],
      }),
    );
    const neutralA = number(part.n_current);
    const powerW = number(part.total_act_power) ?? totalW(phases);
    return [
      {
        kind: 'power',
        device,
        atMs,
        powerW,
        phases,
        ...(neutralA === undefined || neutralA < 0 ? {} : { neutralA }),
        ...kept,
      },
    ];
  }
  if (kind === 'em1' || kind === 'switch') {
    const power = kind === 'em1' ? part.act_power : part.apower;
    const powerW = number(power);
    // A notification of what changed may leave the power out.
    if (powerW === undefined) return [];
    const phase = phaseOf({ voltage: part.voltage, current: part.current, power, factor: part.pf });
    const total = number(object(part.aenergy)?.total);
    const temperatureC = number(object(part.temperature)?.tC);
    return [
      {
        kind: 'power',
        device,
        atMs,
        powerW,
        phases: [phase],
        ...(total === undefined || total < 0 ? kept : { energyWh: total }),
        ...(temperatureC === undefined ? {} : { temperatureC }),
      },
    ];
  }
  return [];
}

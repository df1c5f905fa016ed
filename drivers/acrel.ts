import { z } from 'zod';
import { jsonBytes, jsonObject, number, objects, string } from './codec/json.ts';
import { byQuantity, type Named, namesOption, readingOf, saidOf } from './codec/quantities.ts';
import { compactMs, localText, utcOffsetMinutes } from './codec/when.ts';
import { CodecError, defineDriver, type Message } from './driver.ts';
import { plausibleMs } from './time.ts';

/** Names as Acrel prints them on its displays. Which of them a meter sends, and in which unit, is NOT confirmed. */
const usual: Named = {
  Ua: 'l1.voltageV',
  Ub: 'l2.voltageV',
  Uc: 'l3.voltageV',
  Ia: 'l1.currentA',
  Ib: 'l2.currentA',
  Ic: 'l3.currentA',
  Pa: 'l1.powerKw',
  Pb: 'l2.powerKw',
  Pc: 'l3.powerKw',
  PFa: 'l1.powerFactor',
  PFb: 'l2.powerFactor',
  PFc: 'l3.powerFactor',
  P: 'powerKw',
  EPI: 'energyKwh',
  IL: 'residualMa',
  T1: 'temperatureC',
};

const Level = z.string().regex(/^[\w.-]{1,64}$/);
const Options = z.strictObject({
  sn: Level.optional().describe('Its serial number in the topics, where it differs from the id.'),
  product: Level.default('null').describe('Third level of its topics; many units say null.'),
  points: namesOption(
    usual,
    'What each point tells, with its unit. Not confirmed by any captured message: compare with the display.',
  ),
  utcOffsetMinutes,
});
type Options = z.infer<typeof Options>;

/** The commands whose answer is documented: the device goes on only when it has it. */
const answered = ['login', 'para'];

/** Acrel meters and gateways with 4G (ADW300, ARCM300, AWT), MQTT with JSON. */
export const acrel = defineDriver<Options>({
  id: 'acrel',
  title: { zh: '安科瑞 4G 电表（MQTT）', en: 'Acrel meter with 4G (MQTT)' },
  wire: 'mqtt',
  proven: 'manual',
  sources: [
    'Acrel cloud platform protocol (mqtt-json), ADW300: login, para',
    'Acrel IoT Docs, 海外协议: topics, login, time',
  ],
  lacks: {
    zh: '实测数据（data）的格式没有任何公开样本能证实，点名和单位在配置里对应，先和表上读数核对；对时请求不回答；出厂 5 分钟一次，判断充电太慢。',
    en: 'The layout of its data is not confirmed by any public capture: points and units are mapped in the configuration, compare them with the display first. Its request for the time is not answered. Shipped with one message in 5 minutes, too slow to see a charger.',
  },
  kinds: ['power'],
  options: Options,
  topics: (device, { product, sn = device }) => ({
    publishes: [`/gw/acrelHW/${product}/+/${sn}`],
    subscribes: [
      `/server/acrelHW/${product}/+/${sn}`,
      ...answered.map((command) => `/server/acrelHW/${product}/${command}/${sn}`),
    ],
  }),

  decode({ body }, { points, utcOffsetMinutes: offset }, { device, atMs }) {
    const said = jsonObject(body);
    const type = string(said.type);
    if (type === undefined) throw new CodecError('A message without type');
    if (type !== 'data') return [];
    const values: Record<string, number | null> = {};
    for (const { point, value } of objects(said.data)) {
      const name = string(point);
      if (name !== undefined) values[name] = number(value) ?? null;
    }
    const at = plausibleMs(compactMs(string(said.time), offset), atMs);
    const reading = readingOf(byQuantity(values, points), device, at);
    if (!reading) throw new CodecError('Data without a point that tells the power');
    return [reading];
  },

  encode(reading, { product, sn, points, utcOffsetMinutes: offset }) {
    if (reading.kind !== 'power') throw new CodecError(`An Acrel meter says no ${reading.kind}`);
    const { device, atMs } = reading;
    const name = sn ?? device;
    const known = saidOf(reading, points, { saysUnknown: false });
    const data = Object.entries(known).map(([point, value]) => ({ point, value: String(value) }));
    const said = { type: 'data', gwSN: name, meterSN: name, time: compact(atMs, offset), data };
    return [{ topic: `/gw/acrelHW/${product}/data/${name}`, body: jsonBytes(said) }];
  },

  reply({ topic = '', body }: Message): Message | null {
    const [, product, command = '', sn] =
      /^\/gw\/acrelHW\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(topic) ?? [];
    const type = string(jsonObject(body).type);
    if (type !== command || !answered.includes(command)) return null;
    return {
      topic: `/server/acrelHW/${product}/${command}/${sn}`,
      body: jsonBytes({ type: command, res: 1 }),
    };
  },

  samples: [
    {
      note: 'data as composed: its layout is not confirmed',
      file: 'power/mqtt/acrel-data-composed.json',
      topic: '/gw/acrelHW/null/data/sample',
      arrival: { atMs: 1773666902000 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773666900000,
          powerW: 8345,
          phases: [{ voltageV: 229.1, currentA: 18.64 }],
          residualMa: 46,
          temperatureC: 38.2,
        },
      ],
    },
    {
      note: 'log-in: answered, nothing to store',
      file: 'power/mqtt/acrel-login.json',
      topic: '/gw/acrelHW/null/login/sample',
      readings: [],
    },
    {
      note: 'parameters: answered, nothing to store',
      file: 'power/mqtt/acrel-para.json',
      topic: '/gw/acrelHW/null/para/sample',
      readings: [],
    },
    {
      note: 'a request for the time: nothing to store',
      file: 'power/mqtt/acrel-time.json',
      topic: '/gw/acrelHW/null/time/sample',
      readings: [],
    },
    {
      note: 'data without power',
      topic: '/gw/acrelHW/null/data/sample',
      text: '{"type":"data","time":"20260316211500","data":[{"point":"Ua","value":"229.1"}]}',
      refused: 'tells the power',
    },
  ],
});

const compact = (atMs: number, offset: number): string =>
  localText(atMs, offset).replace(/\D/g, '');

import { z } from 'zod';
import { phaseOf } from './codec/figures.ts';
import { jsonBytes, jsonObject, number } from './codec/json.ts';
import { CodecError, defineDriver, type Message } from './driver.ts';
import type { PowerReading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  topic: z
    .string()
    .regex(/^[\w./-]{1,100}$/)
    .optional()
    .describe('The topic it publishes on; meters/DEVICE if absent.'),
});

/** Metering sockets with 4G or Wi-Fi: U, I, P, whole seconds. Where it stands is never read. */
export const cnSocket = defineDriver<z.infer<typeof Options>>({
  id: 'cn-socket',
  title: { zh: '4G 计量插座', en: 'Metering socket with 4G' },
  wire: 'mqtt',
  proven: 'manual',
  sources: ['cnblogs.com/DAQ-IOT 17226956: published message of a metering socket'],
  lacks: {
    zh: '只有整瓦，没有功率因数和谐波；报文里的经纬度一律不读不存；主题由厂家定，要写进配置。',
    en: 'Whole watts, no power factor, no harmonics. The position in its messages is neither read nor kept. Its topic is the maker’s choice and has to be configured.',
  },
  kinds: ['power'],
  options: Options,
  topics: (device, { topic = `meters/${device}` }) => ({ publishes: [topic], subscribes: [] }),

  decode(message, _options, { device, atMs }) {
    try {
      return [read(message, device, atMs)];
    } catch (error) {
      // It says where it stands: its bytes are no matter for the quarantine.
      if (error instanceof CodecError) throw new CodecError(error.message, { personal: true });
      throw error;
    }
  },

  encode(reading, { topic }) {
    if (reading.kind !== 'power') throw new CodecError(`A socket says no ${reading.kind}`);
    const { device, atMs, powerW, phases = [] } = reading;
    const [only, more] = phases;
    if (more) throw new CodecError('A socket has one phase');
    const said = { U: only?.voltageV, I: only?.currentA, P: powerW, ID: device, t: atMs / 1000 };
    return [{ topic: topic ?? `meters/${device}`, body: jsonBytes(said) }];
  },

  samples: [
    {
      note: 'whole watts and its own time; the position is left where it is',
      file: 'power/mqtt/cn-4g-socket.json',
      topic: 'meters/sample',
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1623727703000,
          powerW: 579,
          phases: [{ voltageV: 221, currentA: 2.62, powerW: 579 }],
        },
      ],
    },
    { note: 'without power', topic: 'meters/sample', text: '{"U":221,"I":2.62}', refused: 'No P' },
  ],
});

function read({ body }: Message, device: string, atMs: number): PowerReading {
  const { U, I, P, t } = jsonObject(body);
  const powerW = number(P);
  if (powerW === undefined) throw new CodecError('No P');
  const phase = phaseOf({ voltage: U, current: I, power: P });
  const seconds = number(t);
  const known = phase.voltageV !== undefined || phase.currentA !== undefined;
  return {
    kind: 'power',
    device,
    atMs: plausibleMs(seconds === undefined ? null : Math.round(seconds * 1000), atMs),
    powerW,
    ...(known ? { phases: [phase] } : {}),
  };
}

import { z } from 'zod';
import { guarded } from './codec/access-event.ts';
import { checked } from './codec/checked.ts';
import { dahuaAccess, dahuaAccessSaid, dahuaMs } from './codec/dahua-access.ts';
import { type Json, jsonBytes, jsonObject, jsonObjectOf, object, string } from './codec/json.ts';
import { isMultipart, multipart } from './codec/multipart.ts';
import { plateFields } from './codec/plate.ts';
import { gbkBytes, textOf, utf8 } from './codec/text.ts';
import { localText, utcOffsetMinutes } from './codec/when.ts';
import { dahuaSamples } from './dahua-samples.ts';
import { type Arrival, CodecError, defineDriver, type Memory } from './driver.ts';
import type { PassageReading, Reading } from './reading.ts';
import { localTextMs, plausibleMs } from './time.ts';

const Options = z.strictObject({
  codes: z
    .array(z.enum(['TrafficJunction', 'AccessControl', 'DoorStatus']))
    .default([])
    .describe('Events to ask for on the CGI stream; none where the camera pushes (ITSAPI).'),
  form: z
    .enum(['itsapi', 'cgi'])
    .default('itsapi')
    .describe('What the simulator speaks. Heard are both.'),
  charset: z.enum(['utf-8', 'gb2312']).default('utf-8').describe('What the simulator writes.'),
  utcOffsetMinutes,
});
type Options = z.infer<typeof Options>;

const boundary = 'myboundary';
const saloons = /^(?:SaloonCar|Car|MicroCar|SUV|MPV|Microbus)$/i;
const vehicles: ReadonlyArray<readonly [RegExp, PassageReading['vehicle'], string]> = [
  [saloons, 'car', 'SaloonCar'],
  [/Truck$/i, 'truck', 'LargeTruck'],
  [/Bus$/i, 'bus', 'LargeBus'],
  [/^(?:.*Motorcycle|Motor)$/i, 'motorcycle', 'Motorcycle'],
  [/^(?:ElectricBike|Ebike|.*ElectricBicycle)$/i, 'ebike', 'ElectricBike'],
  [/^Bicycle$/i, 'bicycle', 'Bicycle'],
];

/** Dahua cameras (ITSAPI push or CGI event stream) and door terminals (ASI). */
export const dahua = defineDriver<Options>({
  id: 'dahua',
  title: { zh: '大华相机与门禁', en: 'Dahua camera or terminal' },
  wire: 'http',
  proven: 'manual',
  sources: [
    'ITSAPI text, sections 5.1 to 5.5, by a public emulator and several receivers',
    'YutthapoomSa/dahua-api text.js: a real event at a UTC+7 site (UTC against RealUTC)',
    'an integration of a DHI-ITC413 and a CGI emulator; two AccessControl receivers',
  ],
  lacks: {
    zh: '不能开闸：公开的办法只有在应答里带 OpenStrobe，我们的应答从不开闸。推送形式没有事件编号，也没有补传标志；三轮车不分类。人脸图、座位、骑车人等字段一律不读。',
    en: 'It does not open: the one documented way is an answer that opens (OpenStrobe), and ours never does. Pushes have neither an event id nor a replay flag; a tricycle has no class. Faces, seats and riders are never read.',
  },
  // ITSAPI has no place for them; the CGI form carries the id as a number.
  omits: ['passage.event', 'passage.replayed'],
  kinds: ['passage', 'barrier', 'status'],
  options: Options,

  decode({ body, contentType, topic }, options, arrival, memory) {
    const read = (text: Uint8Array) => fromText(text, topic, options, arrival, memory);
    return guarded(body, () =>
      checked(isMultipart(body, contentType) ? texts(body, contentType).flatMap(read) : read(body)),
    );
  },

  encode(reading, options) {
    const message = said(reading, options);
    const text = JSON.stringify(message.body);
    const body = options.charset === 'gb2312' ? gbkBytes(text) : utf8(text);
    if (message.path !== undefined) {
      return [{ topic: message.path, body, contentType: 'application/json' }];
    }
    const code = string(message.body.Code) ?? 'AccessControl';
    const event = message.body.Events
      ? body
      : Buffer.concat([utf8(`Code=${code};action=Pulse;index=0;data=`), body]);
    const head = `--${boundary}\r\nContent-Type: text/plain\r\nContent-Length: ${event.length}\r\n\r\n`;
    return [
      {
        body: Buffer.concat([utf8(head), event, utf8(`\r\n--${boundary}--\r\n`)]),
        contentType: `multipart/x-mixed-replace; boundary=${boundary}`,
      },
    ];
  },

  reply({ body, contentType, method }) {
    if (method === 'GET' || isMultipart(body, contentType)) return null;
    const message = jsonObject(body);
    const answer = neutral(message);
    return answer && { body: jsonBytes(answer), contentType: 'application/json' };
  },

  polls: ({ codes }) =>
    codes.length === 0
      ? []
      : [
          {
            wire: 'http',
            path: `/cgi-bin/eventManager.cgi?action=attach&codes=[${codes.join(',')}]&heartbeat=5`,
            stream: true,
          },
        ],

  samples: dahuaSamples,
});

/** The answer that a pushing camera waits for. `OpenStrobe: true` would OPEN THE GATE. */
function neutral(message: Json): Json | null {
  const picture = object(message.Picture);
  if (picture) {
    return {
      Result: true,
      DeviceID: string(object(picture.SnapInfo)?.DeviceID) ?? '',
      PlateNumber: string(object(picture.Plate)?.PlateNumber) ?? '',
      AllowUser: false,
      BlockUser: false,
      OpenStrobe: false,
    };
  }
  if (message.Active !== undefined) {
    return { Active: true, DeviceID: string(message.DeviceID) ?? '' };
  }
  return message.DeviceModel === undefined ? null : { Result: true, Message: '' };
}

/** The parts that are no pictures and not empty. */
const texts = (body: Uint8Array, contentType?: string): readonly Uint8Array[] =>
  multipart(body, contentType)
    .filter(({ headers }) => !/image\//i.test(headers['content-type'] ?? ''))
    .map((part) => part.body)
    .filter((text) => text.some((byte) => byte > 0x20));

function fromText(
  body: Uint8Array,
  topic: string | undefined,
  options: Options,
  arrival: Arrival,
  memory: Memory,
): Reading[] {
  const { device, atMs } = arrival;
  const alive: Reading[] = [{ kind: 'status', device, atMs, online: true }];
  const text = textOf(body).trim();
  if (/^Heartbeat$/i.test(text)) return alive;
  // Code=TrafficJunction;action=Pulse;index=0;data={ … } of many lines.
  const line = /^Code=(\w+);[^{]*data=(\{[\s\S]*)$/.exec(text);
  if (!line && /^Code=\w+;action=\w+(?:;index=\d+)?$/.test(text)) return [];
  const data = jsonObjectOf(line ? (line[2] ?? '') : text);
  const offset = options.utcOffsetMinutes;
  if (data.Events !== undefined) return dahuaAccess(data, offset, arrival, memory);
  if (object(data.Picture)) return tollgate(object(data.Picture) ?? {}, offset, arrival);
  const code = line?.[1] ?? string(data.Code);
  if (code === 'AccessControl' || code === 'DoorStatus') {
    return dahuaAccess({ Events: [{ Code: code, Data: data }] }, offset, arrival, memory);
  }
  if (code === 'TrafficJunction') return junction(data, offset, arrival);
  if (code !== undefined) return [];
  if (data.Active !== undefined || data.DeviceModel !== undefined) return alive;
  // What else a camera tells by push: alarms, parking places.
  if (/\/NotificationInfo\/(?:AlarmInfo|ParkingInfo)/.test(topic ?? '')) return [];
  throw new CodecError('Neither a recognition nor an event');
}

function tollgate(picture: Json, offset: number, arrival: Arrival): Reading[] {
  const snap = object(picture.SnapInfo);
  const plate = object(picture.Plate);
  if (!snap || !plate) throw new CodecError('A recognition without Plate or SnapInfo');
  const time = string(snap.AccurateTime) ?? string(snap.SnapTime) ?? '';
  const { device, lane, direction } = arrival;
  const vehicle = vehicleOf(string(object(picture.Vehicle)?.VehicleType));
  return [
    {
      kind: 'passage',
      device,
      atMs: plausibleMs(localTextMs(time, offset), arrival.atMs),
      lane,
      direction,
      ...plateFields(plate.IsExist === false ? undefined : plateText(plate.PlateNumber)),
      result:
        snap.AllowUser === true ? 'registered' : snap.BlockUser === true ? 'rejected' : 'unknown',
      ...(vehicle === undefined ? {} : { vehicle }),
    },
  ];
}

function junction(data: Json, offset: number, arrival: Arrival): Reading[] {
  const car = object(data.TrafficCar);
  if (!car) throw new CodecError('TrafficJunction without TrafficCar');
  const { device, lane, direction } = arrival;
  const saidMs = dahuaMs(data, offset);
  const atMs = plausibleMs(saidMs, arrival.atMs);
  const id = string(data.EventID);
  const type = string(car.CarType);
  const vehicle = vehicleOf(
    string(object(data.NonMotor)?.Category) ?? string(object(data.Vehicle)?.Category),
  );
  const nonMotor = string(object(data.CommInfo)?.SnapCategory) === 'NonMotor';
  return [
    {
      kind: 'passage',
      device,
      atMs,
      lane,
      direction,
      ...plateFields(plateText(car.PlateNumber) ?? plateText(object(data.Object)?.Text)),
      result:
        type === 'TrustCar' ? 'registered' : type === 'SuspiciousCar' ? 'rejected' : 'unknown',
      ...(vehicle !== undefined ? { vehicle } : nonMotor ? { vehicle: 'unknown' as const } : {}),
      // The counter begins again: with the second it is unique.
      ...(id === undefined || saidMs === null
        ? {}
        : { event: `${id}@${Math.floor(saidMs / 1000)}` }),
    },
  ];
}

/** Plain text, or its bytes in hexadecimal where the camera is set to it. */
function plateText(value: unknown): string | undefined {
  const text = string(value);
  if (text === undefined || !/^(?:[\da-f]{2}){7,}$/i.test(text)) return text;
  return textOf(Buffer.from(text, 'hex'));
}

const vehicleOf = (category: string | undefined): PassageReading['vehicle'] =>
  category === undefined ? undefined : vehicles.find(([name]) => name.test(category))?.[1];

interface Said {
  /** Where it is pushed; undefined on the stream. */
  readonly path?: string;
  readonly body: Json;
}

function said(reading: Reading, { form, utcOffsetMinutes: offset }: Options): Said {
  const seconds = Math.floor(reading.atMs / 1000);
  const stamp = { RealUTC: seconds, UTC: seconds + offset * 60, UTCMS: reading.atMs % 1000 };
  switch (reading.kind) {
    case 'status':
      if (!reading.online) throw new CodecError('It cannot say that it is gone');
      return { path: '/NotificationInfo/KeepAlive', body: { Active: 'keepAlive' } };
    case 'barrier': {
      const status = { open: 'Open', closed: 'Close' }[reading.state as string];
      if (status === undefined) throw new CodecError(`A door does not tell ${reading.state}`);
      const event = { Code: 'DoorStatus', Action: 'Pulse', Data: { ...stamp, Status: status } };
      return { body: { Events: [event] } };
    }
    case 'passage':
      break;
    default:
      throw new CodecError(`A camera says no ${reading.kind}`);
  }
  const { credential, plate, vehicle, result, event } = reading;
  if (credential !== 'plate' && credential !== 'none') {
    return { body: { Events: [dahuaAccessSaid(reading, offset)] } };
  }
  const category = vehicles.find(([, one]) => one === vehicle)?.[2];
  const nonMotor = vehicle === 'unknown';
  if ((vehicle !== undefined && category === undefined && !nonMotor) || result === 'visitor') {
    throw new CodecError('A camera does not tell this vehicle, or visitors');
  }
  if (form === 'itsapi' && !nonMotor && event === undefined) {
    const time = localText(reading.atMs, offset, true);
    const picture = {
      Plate: { IsExist: plate !== undefined, PlateNumber: plate ?? '' },
      ...(category === undefined ? {} : { Vehicle: { VehicleType: category } }),
      SnapInfo: {
        SnapTime: time.slice(0, 19),
        AccurateTime: time,
        AllowUser: result === 'registered',
        BlockUser: result === 'rejected',
        OpenStrobe: false,
      },
    };
    return { path: '/NotificationInfo/TollgateInfo', body: { Picture: picture } };
  }
  const type = { registered: 'TrustCar', rejected: 'SuspiciousCar', unknown: 'NormalCar' };
  return {
    body: {
      Code: 'TrafficJunction',
      Action: 'Pulse',
      EventID: Number(/^(\d+)@/.exec(event ?? '')?.[1] ?? seconds),
      CommInfo: { SnapCategory: nonMotor ? 'NonMotor' : 'Motor' },
      ...(category === undefined ? {} : { Vehicle: { Category: category } }),
      TrafficCar: { PlateNumber: plate ?? '', CarType: type[result] },
      ...stamp,
    },
  };
}

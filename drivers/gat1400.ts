import { z } from 'zod';
import { personalError } from './codec/access-event.ts';
import { countDropped } from './codec/allow-list.ts';
import { checked } from './codec/checked.ts';
import { type Json, jsonBytes, jsonObject, object, objects, string } from './codec/json.ts';
import { plateFields } from './codec/plate.ts';
import { compactMs, localText, utcOffsetMinutes } from './codec/when.ts';
import { type Arrival, CodecError, defineDriver, type Sample } from './driver.ts';
import type { PassageReading, Reading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({ utcOffsetMinutes });
type Options = z.infer<typeof Options>;

const type = 'application/VIID+JSON;charset=UTF-8';
/** VehicleClass, GA/T 16.4: K1 and K2 buses, K3 and K4 cars, H trucks, M motorcycles. */
const vehicles: ReadonlyArray<readonly [RegExp, PassageReading['vehicle'], string]> = [
  [/^K[34]/, 'car', 'K33'],
  [/^K[12]/, 'bus', 'K11'],
  [/^H/, 'truck', 'H21'],
  [/^M/, 'motorcycle', 'M11'],
];

/** Cameras that speak GA/T 1400 (VIID): motor vehicles only. Whatever speaks of persons is let go and counted. */
export const gat1400 = defineDriver<Options>({
  id: 'gat1400',
  title: { zh: 'GA/T 1400 视图库相机（仅机动车）', en: 'GA/T 1400 camera (motor vehicles only)' },
  wire: 'http',
  proven: 'manual',
  sources: [
    'GA/T 1400.4: MotorVehicle, KeepaliveObject, ResponseStatus',
    'public receivers, and wzbwzt/study-go test/police.md (member names)',
  ],
  lacks: {
    zh: '只读机动车；人脸、人员、非机动车对象一律丢弃并计数，社区人员接口拒绝。',
    en: 'Motor vehicles only: faces, persons and riders are let go and counted; the community interface is refused.',
  },
  omits: ['passage.result', 'passage.replayed'],
  kinds: ['passage', 'status'],
  options: Options,

  decode({ body, topic }, options, arrival, memory) {
    if (/\/VIID\/(?:Faces|Persons|Community)/i.test(topic ?? '')) {
      return persons(body, topic, memory);
    }
    const message = object(parsed(body)) ?? {};
    if (message.PersonInfoListObject !== undefined) throw personalError('A register of persons');
    if (message.FaceListObject !== undefined || message.PersonListObject !== undefined) {
      countDropped(memory, 1);
      return [];
    }
    const { device, atMs } = arrival;
    if (message.KeepaliveObject !== undefined || message.RegisterObject !== undefined) {
      return checked([{ kind: 'status', device, atMs, online: true }]);
    }
    const list = object(message.MotorVehicleListObject);
    if (!list) throw personalError('Neither motor vehicles nor a heartbeat');
    return checked(objects(list.MotorVehicleObject).map((one) => passage(one, options, arrival)));
  },

  encode(reading, { utcOffsetMinutes: offset }) {
    if (reading.kind === 'status' && reading.online) {
      const content = { KeepaliveObject: { DeviceID: reading.device } };
      return [{ topic: '/VIID/System/Keepalive', body: jsonBytes(content), contentType: type }];
    }
    const vehicle = said(reading, offset);
    const content = { MotorVehicleListObject: { MotorVehicleObject: [vehicle] } };
    return [{ topic: '/VIID/MotorVehicles', body: jsonBytes(content), contentType: type }];
  },

  reply({ topic }, { utcOffsetMinutes: offset }, { atMs }) {
    const LocalTime = localText(atMs, offset).replace(/\D/g, '');
    const RequestURL = /\/VIID\/[A-Za-z/]{1,60}/.exec(topic ?? '')?.[0] ?? '/VIID';
    const status = { RequestURL, StatusCode: 0, StatusString: 'OK', LocalTime };
    return { body: jsonBytes({ ResponseStatusObject: status }), contentType: type };
  },

  get samples() {
    return samples;
  },
});

/** Only counted; a register of the whole community is refused. */
function persons(body: Uint8Array, topic: string | undefined, memory: Record<string, unknown>) {
  if (/Community/i.test(topic ?? '') || parsed(body).PersonInfoListObject !== undefined) {
    throw personalError('A register of persons');
  }
  countDropped(memory, 1);
  return [];
}

/** What cannot be parsed may speak of persons: no copy of it. */
function parsed(body: Uint8Array): Json {
  try {
    return jsonObject(body);
  } catch (error) {
    throw error instanceof CodecError ? personalError(error.message) : error;
  }
}

function passage(
  one: Json,
  { utcOffsetMinutes: offset }: Options,
  { device, atMs, lane, direction }: Arrival,
): Reading {
  const time = string(one.PassTime) ?? string(one.AppearTime) ?? string(one.MarkTime);
  const inOut = string(one.InOut);
  const told = inOut === 'in' || inOut === 'out' ? inOut : 'unknown';
  const written = string(one.VehicleClass) ?? '';
  const vehicle = vehicles.find(([name]) => name.test(written))?.[1];
  const event = string(one.MotorVehicleID);
  return {
    kind: 'passage',
    device,
    atMs: plausibleMs(compactMs(time, offset), atMs),
    lane,
    direction: direction === 'unknown' ? told : direction,
    ...plateFields(string(one.HasPlate) === '0' ? undefined : string(one.PlateNo)),
    result: 'unknown',
    ...(vehicle === undefined ? {} : { vehicle }),
    ...(event === undefined ? {} : { event }),
  };
}

function said(reading: Reading, offset: number): Json {
  if (reading.kind !== 'passage') throw new CodecError(`A VIID camera says no ${reading.kind}`);
  const { credential, plate, vehicle, direction, event } = reading;
  const written = vehicles.find(([, one]) => one === vehicle)?.[2];
  const odd = credential !== 'plate' && credential !== 'none';
  if (odd || (vehicle !== undefined && written === undefined)) {
    throw new CodecError(`It says no ${credential}, or not this vehicle`);
  }
  return {
    MotorVehicleID: event,
    DeviceID: reading.device,
    PassTime: localText(reading.atMs, offset).replace(/\D/g, ''),
    HasPlate: plate === undefined ? '0' : '1',
    PlateNo: plate,
    VehicleClass: written,
    InOut: direction === 'unknown' ? undefined : direction,
  };
}

const atMs = 1773618130000;
const samples: readonly Sample[] = [
  {
    note: 'a motor vehicle; belts, calls and passengers are never read',
    file: 'gate/gat1400-motorvehicle.json',
    topic: '/VIID/MotorVehicles',
    contentType: type,
    arrival: { device: 'viid-1', lane: 'in-1', atMs: atMs + 300 },
    readings: [
      {
        kind: 'passage',
        device: 'viid-1',
        atMs,
        lane: 'in-1',
        direction: 'in',
        credential: 'plate',
        plate: '浙A8T3K6',
        result: 'unknown',
        vehicle: 'car',
        event: '330100020012100000012026031607421000001',
      },
    ],
  },
  {
    note: 'a face: let go and counted, whatever the path',
    file: 'face/strip-list-gat1400-face.json',
    topic: '/VIID/Faces',
    readings: [],
  },
  {
    note: 'a face on the path of vehicles: let go and counted',
    file: 'face/strip-list-gat1400-face.json',
    topic: '/VIID/MotorVehicles',
    readings: [],
  },
  {
    note: 'a register of the community: refused',
    file: 'face/strip-list-viid-community-person.json',
    topic: '/VIID/Community/PersonInfos',
    refused: 'A register of persons',
  },
];

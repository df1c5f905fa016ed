import { z } from 'zod';
import { CodecError, type Command } from '../driver.ts';
import type { BarrierReading, PassageReading, Reading } from '../reading.ts';
import { counterOf } from './event.ts';
import { inputsOption, levelsOf } from './inputs.ts';
import type { Json } from './json.ts';
import { toBase64 } from './text.ts';
import { localText, utcOffsetMinutes } from './when.ts';

/** The `options` of a VZenith camera. */
export const VzenithOptions = z.strictObject({
  sn: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Serial number in the topics, where it differs from the id of the device.'),
  layout: z
    .enum(['device-first', 'sn-first', 'legacy'])
    .default('device-first')
    .describe(
      'Topics of commands and of the simulator: device/{sn}/message, {sn}/device/message, or the plug-in before 2022. Heard are all three.',
    ),
  inputs: inputsOption({ 0: 'loop', 1: 'queue' }),
  openRelay: z.int().min(0).max(3).default(0).describe('The relay that opens.'),
  pulseMs: z.int().min(500).max(5000).default(1500).describe('Length of the opening pulse, ms.'),
  utcOffsetMinutes,
});
export type VzenithOptions = z.infer<typeof VzenithOptions>;

/** gate_status 0, 1, 2; while in between nobody tells whether it rises or falls. */
export const gateStatus: readonly BarrierReading['state'][] = ['closed', 'open', 'moving'];

/** Name and payload of an envelope that says `reading`. */
export function vzenithSaid(
  reading: Reading,
  { inputs }: VzenithOptions,
  sn: string,
): { readonly name: string; readonly payload: Json } {
  const body = (name: string, content: Json) => ({
    name,
    payload: { type: name, body: content },
  });
  switch (reading.kind) {
    case 'passage':
      return { name: 'ivs_result', payload: recognition(reading, sn, toBase64) };
    case 'barrier': {
      if (reading.state === 'fault') {
        return { name: 'ivs_result', payload: recognition(reading, sn, toBase64) };
      }
      const connected = reading.state === 'unknown' ? 0 : 1;
      const index = gateStatus.indexOf(reading.state);
      return body('barr_gate_status', {
        connect_status: connected,
        enable: 1,
        gate_ctrl_id: 1,
        gate_status: Math.max(0, index),
      });
    }
    case 'presence': {
      const [[source, closed] = []] = levelsOf(reading, inputs);
      const result = { TriggerResult: { source, value: closed ? 1 : 0 } };
      return body('gpio_in', { AlarmGioIn: { result, serialno: sn } });
    }
    case 'status':
      if (!reading.online) throw new CodecError('This camera has no last will');
      if (reading.pending === undefined) {
        const timestamp = Math.floor(reading.atMs / 1000);
        return { name: 'keep_alive', payload: { body: { timestamp } } };
      }
      return body('offline_record', { offline_record: reading.pending });
    default:
      throw new CodecError(`A plate camera says no ${reading.kind}`);
  }
}

function recognition(
  reading: PassageReading | BarrierReading,
  sn: string,
  written: (license: string) => string,
): Json {
  const passage = reading.kind === 'passage' ? reading : undefined;
  if (passage && passage.credential !== 'plate' && passage.credential !== 'none') {
    throw new CodecError(`A plate camera reads no ${passage.credential}`);
  }
  const event = passage?.event;
  const counter = event === undefined ? undefined : counterOf(event);
  const counted = counter !== undefined && counter !== event && /^\d{1,15}$/.test(counter);
  const license = written(passage?.plate ?? '_无_');
  const result = {
    ...(event === undefined ? {} : counted ? { plateid: Number(counter) } : { unique_id: event }),
    isoffline: passage?.replayed ? 1 : 0,
    license,
    confidence: passage?.plate === undefined ? 0 : 97,
    direction: 4,
    timeStamp: {
      Timeval: { sec: Math.floor(reading.atMs / 1000), usec: (reading.atMs % 1000) * 1000 },
    },
    triggerType: passage ? 8 : 78,
  };
  return { AlarmInfoPlate: { serialno: sn, result: { PlateResult: result } } };
}

/** As the plug-in of 2020: plain text, no envelope; it knew results and heartbeats only. */
export function vzenithLegacy(reading: Reading, sn: string): Json {
  if (reading.kind === 'passage') return recognition(reading, sn, (license) => license);
  if (reading.kind === 'status') return { AlarmInfoPlate: { serialno: sn, heartbeat: 1 } };
  throw new CodecError(`The old plug-in says no ${reading.kind}`);
}

/** Command name and body. Times are local, the plate is plain text here. */
export function vzenithCommand(
  command: Command,
  { openRelay, pulseMs }: VzenithOptions,
  offset: number,
): { readonly type: string; readonly body: Json } {
  const now = localText(command.atMs, offset);
  switch (command.kind) {
    case 'open':
      return { type: 'gpio_out', body: { delay: pulseMs, io: openRelay, value: 2 } };
    case 'time': {
      const [year, month, day, hour, min, sec] = now.split(/[- :]/);
      return { type: 'set_time', body: { year, month, day, hour, min, sec } };
    }
    case 'plate-add':
      return {
        type: 'white_list_operator',
        body: {
          operator_type: 'update_or_add',
          dldb_rec: {
            plate: command.plate,
            enable: 1,
            create_time: now,
            enable_time: `${now.slice(0, 10)} 00:00:00`,
            overdue_time: '2037-12-31 23:59:59',
            time_seg_enable: 0,
            seg_time_start: '00:00:00',
            seg_time_end: '23:59:59',
            need_alarm: 0,
          },
        },
      };
    case 'plate-remove':
      return {
        type: 'white_list_operator',
        body: { operator_type: 'delete', plate: command.plate },
      };
    case 'plate-list':
      return { type: 'white_list_operator', body: { operator_type: 'select' } };
  }
}

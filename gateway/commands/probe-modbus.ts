import { GatewayError } from '../errors.ts';
import { findUnits, type ModbusPlace } from '../wires/modbus/search.ts';
import { tell, writeLine } from './output.ts';
import {
  type Place,
  placeOf,
  snippet,
  tellNobody,
  tellUnread,
  unreachable,
} from './probe-place.ts';
import { startProgress } from './progress.ts';

export interface ModbusOptions extends Place {
  readonly frames: 'tcp' | 'rtu';
  readonly from: number;
  readonly to: number;
}

/** `gatehouse probe modbus`: the unit ids that answer, one after the other. */
export async function probeModbus(options: ModbusOptions): Promise<void> {
  const { from, to, timeout: timeoutMs, bus: busId } = options;
  if (from > to) throw new GatewayError('USAGE', '--from is above --to');
  const place = placeOf(options);
  // Behind a converter the speed is the converter's business.
  for (const baudRate of options.port === undefined ? options.baud.slice(0, 1) : options.baud) {
    const speed = options.port === undefined ? '' : ` at ${baudRate} bit/s`;
    tell(`Asking for Modbus units ${from} to ${to} on ${place.name}${speed}`);
    const progress = startProgress('unit ids', to - from + 1);
    const { parity, stopBits, frames } = options;
    const where: ModbusPlace =
      options.port === undefined
        ? { address: place.name, frames }
        : { path: options.port, baudRate, parity, stopBits };
    try {
      const { units, unread } = await findUnits(where, {
        from,
        to,
        timeoutMs,
        onStep: progress.to,
        onFound: (unit) => {
          if (options.format === 'ndjson')
            void writeLine({
              protocol: 'modbus',
              unitId: unit,
              ...(options.port === undefined ? {} : { baudRate }),
            });
        },
      });
      progress.stop();
      if (unread) tellUnread();
      if (units.length === 0) continue;
      const tcp = options.port === undefined && frames === 'tcp';
      const kind = tcp ? 'modbus-tcp' : 'modbus-rtu';
      const rate = options.port === undefined ? {} : { baudRate };
      if (options.format === 'yaml') {
        const devices = units.map((unit) => ({
          id: `u-${unit}`,
          driver: '?',
          bus: busId,
          options: { unitId: unit },
        }));
        await writeLine(snippet({ id: busId, kind, ...place.keys, ...rate }, devices));
        tell(
          'driver：Modbus 不会说自己是哪种表，请按 docs/devices.md 填写。\ndriver: which meter it is, Modbus does not say: see docs/devices.md',
        );
      }
      tell(`${units.length} found`);
      return;
    } catch (cause) {
      throw unreachable(place.name, cause);
    } finally {
      progress.stop();
    }
  }
  tellNobody({
    zh: '其他速率试 --baud 2400,4800,19200；正泰新表出厂说的是 DL/T 645。',
    en: 'For other speeds --baud 2400,4800,19200; new Chint meters ship speaking DL/T 645.',
  });
}

import type { Bus } from '../../config/schema.ts';
import { openDlt645 } from '../dlt645/line.ts';
import { openHttp } from '../http/line.ts';
import { openModbusRtu, openModbusTcp } from '../modbus/line.ts';
import type { OpenLine } from './line.ts';

/** How the line of each kind of bus is opened. A new kind is its file and a line here. */
export const openers: Readonly<Record<Bus['kind'], OpenLine>> = {
  'modbus-rtu': openModbusRtu,
  'modbus-tcp': openModbusTcp,
  dlt645: openDlt645,
  'dlt645-tcp': openDlt645,
  http: openHttp,
};

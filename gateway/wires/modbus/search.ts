import modbus from 'modbus-serial';
import { hostAndPort } from '../poll/channel.ts';

/** Where to look: a serial port, or a converter that speaks Modbus TCP or passes RTU frames on as they are. */
export type ModbusPlace =
  | {
      readonly path: string;
      readonly baudRate: number;
      readonly parity: 'none' | 'even' | 'odd';
      readonly stopBits: 1 | 2;
    }
  | { readonly address: string; readonly frames: 'tcp' | 'rtu' };

export interface UnitSearch {
  /** Unit ids, both included; 1 to 247 (Modbus over serial line V1.02, 2.2). */
  readonly from: number;
  readonly to: number;
  /** How long a unit may take to answer, ms. */
  readonly timeoutMs: number;
  readonly onStep?: (done: number, total: number) => void;
  readonly onFound?: (unitId: number) => void;
}

export interface UnitsFound {
  readonly units: readonly number[];
  /** Something was said that nobody could read: two units of one id, wrong speed or parity, noise. */
  readonly unread: boolean;
}

/**
 * Asks every unit for one register, holding and then input: any answer, also a refusal, means that it is there. It only
 * reads. The line is opened anew after garbage, which the library would otherwise take for part of the next answer.
 */
export async function findUnits(place: ModbusPlace, search: UnitSearch): Promise<UnitsFound> {
  const units: number[] = [];
  let unread = false;
  let client = await open(place, search.timeoutMs);
  try {
    for (let unitId = search.from; unitId <= search.to; unitId += 1) {
      let heard: Heard = 'silent';
      for (const read of ['readHoldingRegisters', 'readInputRegisters'] as const) {
        if (heard === 'there') continue;
        heard = await knock(client, unitId, read);
        if (heard !== 'garbage') continue;
        unread = true;
        await close(client);
        client = await open(place, search.timeoutMs);
      }
      if (heard === 'there') {
        units.push(unitId);
        search.onFound?.(unitId);
      }
      search.onStep?.(unitId - search.from + 1, search.to - search.from + 1);
    }
  } finally {
    await close(client);
  }
  return { units, unread };
}

type Client = InstanceType<typeof modbus.default>;
type Heard = 'there' | 'silent' | 'garbage';

async function knock(
  client: Client,
  unitId: number,
  read: 'readHoldingRegisters' | 'readInputRegisters',
): Promise<Heard> {
  client.setID(unitId);
  try {
    await client[read](0, 1);
    return 'there';
  } catch (cause) {
    const error = cause as { modbusCode?: number; name?: string; errno?: string };
    // 0BH comes from a converter: the unit behind it did not answer (Modbus application protocol V1.1b3, 7).
    if (error.modbusCode !== undefined) return error.modbusCode === 0x0b ? 'silent' : 'there';
    if (error.name === 'TransactionTimedOutError' || error.errno === 'ETIMEDOUT') return 'silent';
    if (error.name === 'PortNotOpenError') throw cause;
    return 'garbage';
  }
}

async function open(place: ModbusPlace, timeoutMs: number): Promise<Client> {
  const client = new modbus.default();
  client.setTimeout(timeoutMs);
  client.on('error', () => {
    // What was asked last fails as well, and that is where it is told.
  });
  if ('path' in place) {
    const { path, baudRate, parity, stopBits } = place;
    await client.connectRTUBuffered(path, { baudRate, parity, stopBits, dataBits: 8 });
  } else {
    const [host, port] = hostAndPort(place.address);
    if (place.frames === 'tcp') await client.connectTCP(host, { port });
    else await client.connectTcpRTUBuffered(host, { port });
  }
  return client;
}

const close = (client: Client): Promise<void> =>
  new Promise((resolve) => client.close(() => resolve()));

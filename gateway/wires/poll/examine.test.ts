import { expect, test } from 'vitest';
import { ptyEnd, tcpEnd } from '../../../simulators/bus/end.ts';
import { BusConfig } from '../../config/schema.ts';
import { examineBus } from './examine.ts';

const bus = (place: Record<string, unknown>) => BusConfig.parse({ id: 'b1', ...place });

test('a port that is there is well, one that is not is told with its name', async () => {
  const end = await ptyEnd();
  expect(await examineBus(bus({ kind: 'dlt645', path: end.where }))).toMatchObject({ state: 'ok' });
  await end.stop();
  const gone = await examineBus(bus({ kind: 'dlt645', path: '/dev/ttyUSB99' }));
  expect(gone).toMatchObject({ state: 'bad', en: expect.stringContaining('no /dev/ttyUSB99') });
});

test('a converter is tried, and nobody behind it is asked', async () => {
  const end = await tcpEnd();
  let heard = 0;
  end.onBytes((bytes) => {
    heard += bytes.length;
  });
  const there = bus({ kind: 'modbus-tcp', address: end.where });
  expect(await examineBus(there)).toMatchObject({ state: 'ok' });
  await end.stop();
  expect(heard).toBe(0);
  expect(await examineBus(there)).toMatchObject({ state: 'bad' });
});

import { createServer } from 'node:http';
import type { Reading } from '../../drivers/reading.ts';
import { driverOf, type VillageDevice } from '../village-devices.ts';
import type { Speaker } from './speaker.ts';

/** It keeps so many rows, and tells them all to whoever asks. */
const rowsKept = 20;

/** A monitor that is asked over HTTP (IoTaWatt): it measures by itself and answers `/query` with its last rows. */
export async function hangMonitor(
  device: Pick<VillageDevice, 'id' | 'driver' | 'options'>,
  port: number,
): Promise<Speaker> {
  const { driver, options } = driverOf({ ...device, title: device.id, intervalS: 1 });
  const rows: unknown[] = [];
  const server = createServer((request, response) => {
    const known = request.method === 'GET' && request.url?.startsWith('/query?');
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ? { data: rows } : { error: 'not found' }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    encode(reading: Reading) {
      if (reading.kind !== 'power') return [];
      for (const { body } of driver.encode(reading, options))
        rows.push(...JSON.parse(Buffer.from(body).toString('utf8')).data);
      rows.splice(0, rows.length - rowsKept);
      return [];
    },
    send: (_message, done) => done(false),
    connected: () => true,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

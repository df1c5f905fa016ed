import type { Message } from '../../../drivers/driver.ts';
import type { Device } from '../../config/device.ts';
import type { Loaded } from '../../config/load.ts';
import { readSecret } from '../../config/secret.ts';
import type { Carrier } from '../commands.ts';
import { createHttpClient, type HttpClient } from './client.ts';
import { whole } from './line.ts';

export interface HttpCarrier extends Carrier {
  close(): void;
}

/** Tells devices on buses of kind `http` what to do. Their answer is the response; it is heard like any other. */
export function createHttpCarrier({
  settings: { config, baseDir },
  hear,
  monoMs,
}: {
  readonly settings: Pick<Loaded, 'config' | 'baseDir'>;
  readonly hear: (device: Device, message: Message) => void;
  readonly monoMs: () => number;
}): HttpCarrier {
  const clients = new Map<string, HttpClient>();
  const clientOf = (device: Device): HttpClient | null => {
    const bus = config.buses.find(({ id, kind }) => kind === 'http' && id === device.bus);
    if (!bus) return null;
    const known = clients.get(bus.id);
    if (known) return known;
    const { address = '', username, timeoutMs } = bus;
    const password = readSecret(bus, baseDir);
    const client = createHttpClient({ address, username, password, timeoutMs, monoMs });
    clients.set(bus.id, client);
    return client;
  };
  return {
    // Whether it is there shows when it is asked: nothing is kept for it.
    reaches: (device) => clientOf(device) !== null,
    async send(device, { method = 'POST', topic: path, body, contentType }) {
      const client = clientOf(device);
      if (!client || path === undefined) throw new Error('No bus on which it is told');
      const response = await client.send({ method, path, body, contentType });
      const type = response.headers['content-type'];
      const answer = await whole(response);
      hear(device, { topic: path, body: answer, ...(type ? { contentType: type } : {}) });
    },
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

import { createServer, type Socket } from 'node:net';
import { openPty } from '../modem/pty.ts';

/** Our end of a line: the gateway has the other one, as a serial port or through a converter. */
export interface End {
  /** What the gateway opens: a device file, or HOST:PORT. */
  readonly where: string;
  write(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  stop(): Promise<void>;
}

/** A serial port: a real pseudo-terminal. */
export async function ptyEnd(): Promise<End> {
  const pty = await openPty();
  return {
    where: pty.path,
    write: (bytes) => pty.write(Buffer.from(bytes).toString('latin1')),
    onBytes: (listener) => pty.onData((text) => listener(Buffer.from(text, 'latin1'))),
    stop: pty.stop,
  };
}

/** A converter from RS-485 to Ethernet in transparent mode. Whoever connects is on the line. */
export async function tcpEnd(port = 0): Promise<End> {
  const clients = new Set<Socket>();
  let hear: (bytes: Uint8Array) => void = () => {};
  const server = createServer({ noDelay: true }, (socket) => {
    clients.add(socket);
    socket.on('data', (bytes) => hear(bytes));
    socket.on('close', () => clients.delete(socket));
    socket.on('error', () => {
      // It is closed next.
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return {
    where: `127.0.0.1:${address.port}`,
    write: (bytes) => {
      for (const client of clients) client.write(bytes);
    },
    onBytes: (listener) => {
      hear = listener;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients) client.destroy();
      }),
  };
}

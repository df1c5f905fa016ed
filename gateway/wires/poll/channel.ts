import { connect } from 'node:net';

/** Bytes to and from a bus: a serial port, or a converter that passes them on over TCP. */
export interface Channel {
  /** Resolves when the bytes have left: the port has sent them, the socket has taken them. */
  write(bytes: Uint8Array): Promise<void>;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** The port is gone, the converter has hung up. Not after `close`. */
  onEnd(listener: (cause: Error) => void): void;
  close(): Promise<void>;
}

export interface SerialSettings {
  /** /dev/ttyUSB0 */
  readonly path: string;
  readonly baudRate: number;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/** Opens a serial port, for this process alone. */
export async function openSerialChannel(settings: SerialSettings): Promise<Channel> {
  const { SerialPort } = await import('serialport');
  const port = new SerialPort({ ...settings, dataBits: 8, autoOpen: false, lock: true });
  await new Promise<void>((resolve, reject) => {
    port.open((cause) => {
      if (cause) {
        reject(new Error(`Cannot open ${settings.path}: ${cause.message}`, { cause }));
      } else resolve();
    });
  });
  let closing = false;
  let failure: Error | undefined;
  port.on('error', (error) => {
    failure = error;
  });
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        port.write(Buffer.from(bytes), (failed) => {
          if (failed) return reject(failed);
          port.drain((cause) => (cause ? reject(cause) : resolve()));
        });
      }),
    onBytes: (listener) => {
      port.on('data', listener);
    },
    onEnd: (listener) => {
      port.on('close', (cause?: Error | null) => {
        if (!closing) listener(failure ?? cause ?? new Error(`${settings.path} is gone`));
      });
    },
    close: () =>
      new Promise((resolve) => {
        closing = true;
        if (!port.isOpen) return resolve();
        // What nobody reads any more would keep the port from closing.
        port.flush(() => port.close(() => resolve()));
      }),
  };
}

/** A converter that does not take the connection by then is away, ms. */
const connectMs = 5000;

/** Connects to a converter that passes bytes on as they are (transparent mode). */
export async function openTcpChannel(address: string): Promise<Channel> {
  const [host, port] = hostAndPort(address);
  const socket = connect({ host, port, noDelay: true, keepAlive: true });
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error) => {
      socket.destroy();
      reject(new Error(`Cannot reach ${address}: ${cause.message}`, { cause }));
    };
    socket.setTimeout(connectMs, () => fail(new Error(`no answer in ${connectMs / 1000} s`)));
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', fail);
      resolve();
    });
  });
  let closing = false;
  let failure: Error | undefined;
  socket.on('error', (error) => {
    failure = error;
  });
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (failed) => (failed ? reject(failed) : resolve()));
      }),
    onBytes: (listener) => {
      socket.on('data', listener);
    },
    onEnd: (listener) => {
      socket.on('close', () => {
        if (!closing) listener(failure ?? new Error(`${address} has hung up`));
      });
    },
    close: () =>
      new Promise((resolve) => {
        closing = true;
        if (socket.closed) return resolve();
        socket.once('close', () => resolve());
        socket.destroy();
      }),
  };
}

/** HOST:PORT, also `[::1]:4001`. */
export function hostAndPort(address: string): readonly [host: string, port: number] {
  const [, six, host, port] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? [];
  const name = six ?? host;
  if (name === undefined || !(Number(port) > 0 && Number(port) <= 65_535))
    throw new Error(`${address} is not HOST:PORT`);
  return [name, Number(port)];
}

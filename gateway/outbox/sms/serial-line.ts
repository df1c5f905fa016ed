import { SerialPort } from 'serialport';
import { GatewayError } from '../../errors.ts';
import type { Line } from './dialogue.ts';

/** An open serial port. */
export interface SerialLine extends Line {
  close(): Promise<void>;
}

/** Opens the port of a modem. A port that is missing or taken is an error the operator can mend. */
export async function openSerialLine(path: string, baudRate: number): Promise<SerialLine> {
  const port = new SerialPort({ path, baudRate, autoOpen: false, lock: true });
  await new Promise<void>((resolve, reject) => {
    port.open((cause) => {
      if (cause) {
        reject(
          new GatewayError('MODEM_SILENT', `Cannot open ${path}: ${cause.message}`, { cause }),
        );
      } else resolve();
    });
  });
  // An error of an open port is followed by its close; without a listener it would end the process.
  port.on('error', () => {});
  return {
    write: (text) => {
      port.write(text, 'latin1');
    },
    onText: (listener) => {
      port.on('data', (data: Buffer) => listener(data.toString('latin1')));
    },
    onClose: (listener) => {
      port.on('close', listener);
    },
    close: () =>
      new Promise((resolve) => {
        if (!port.isOpen) resolve();
        else port.close(() => resolve());
      }),
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real Mosquitto that is started and killed by hand. For trials and tests. */
export interface Mosquitto {
  readonly url: string;
  start(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

export interface MosquittoParts {
  readonly port: number;
  /** Of its own: what it keeps lies there. */
  readonly folder: string;
  /** The text of deploy/mosquitto/mosquitto.conf: of it come the lines of what is kept. */
  readonly shipped: string;
}

const startsWithinMs = 10_000;

export function createMosquitto({ port, folder, shipped }: MosquittoParts): Mosquitto {
  mkdirSync(folder, { recursive: true });
  // As root it changes to a user of its own, which has to write here.
  chmodSync(folder, 0o777);
  const kept = shipped
    .split('\n')
    .filter((line) => /^(persistence |autosave|max_|message_size|persistent)/.test(line));
  const conf = join(folder, 'mosquitto.conf');
  const here = [`persistence_location ${folder}/`, `listener ${port} 127.0.0.1`];
  writeFileSync(conf, [...kept, ...here, 'allow_anonymous true', ''].join('\n'));
  let child: ChildProcess | undefined;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async start() {
      child = spawn('/usr/sbin/mosquitto', ['-c', conf], { stdio: 'ignore' });
      for (const fromMs = performance.now(); !(await listens(port)); await sleep(50)) {
        if (performance.now() - fromMs > startsWithinMs) throw new Error('Mosquitto did not start');
      }
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = dial(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

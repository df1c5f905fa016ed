import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connectAsync, type MqttClient } from 'mqtt';

/** The whole gateway in a process of its own. */
export interface WholeBox {
  /** Where devices connect. */
  readonly url: string;
  /** Ends it; its exit code, null where it was killed. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

export interface WholeBoxParts {
  /** dist/gateway/main.js. */
  readonly main: string;
  readonly config: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts it and waits until it is ready. Throws with what it said where it ends before. */
export async function startBox({ main, config, env = {} }: WholeBoxParts): Promise<WholeBox> {
  const child = spawn(process.execPath, [main, 'run', '--config', config], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // Whoever forgets to end it, or fails before, leaves nothing behind.
  const orphan = () => void child.kill('SIGKILL');
  process.once('exit', orphan);
  child.once('exit', () => process.off('exit', orphan));
  const url = await served(child);
  return {
    url,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const gone = once(child, 'exit');
      child.kill(signal);
      const [code] = (await gone) as [number | null];
      return code;
    },
  };
}

function served({ stderr }: ChildProcess): Promise<string> {
  let heard = '';
  return new Promise((resolve, reject) => {
    stderr?.on('data', (chunk) => {
      heard += chunk;
      const mqtt = /ready mqtt=(\S+)/.exec(heard)?.[1];
      if (mqtt) resolve(`mqtt://${mqtt}`);
    });
    stderr?.on('close', () => reject(new Error(`The gateway did not start: ${heard}`)));
  });
}

export async function dial(url: string, clientId: string): Promise<MqttClient> {
  const client = await connectAsync(url, { clientId, protocolVersion: 4, reconnectPeriod: 0 });
  client.on('error', () => {});
  return client;
}

/** What `gatehouse export` gives of one kind. */
export function exported(main: string, data: string, kind: string): Record<string, unknown>[] {
  const args = [main, 'export', '--data', data, '--kind', kind];
  return execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

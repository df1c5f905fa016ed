import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { driverOfCamera } from './plan.ts';

export interface Box {
  readonly pid: number;
  readonly mqttPort: number;
  /** Port of the push listener. */
  readonly pushPort: number;
  rssMb(): number;
  /** The most since the start, or since `forgetPeak`. */
  peakMb(): number;
  forgetPeak(): void;
  stop(): Promise<void>;
}

const meters = 60;

/** A real gateway with its own process: half of the cameras are Hikvision, half Dahua; meters beside them. */
export async function startBox({
  folder,
  cameras,
}: {
  readonly folder: string;
  readonly cameras: number;
}): Promise<Box> {
  const pushPort = await freePort();
  const config = join(folder, 'gateway.yaml');
  writeFileSync(config, gatewayYaml(pushPort, cameras));
  const main = fileURLToPath(new URL('../../../gateway/main.js', import.meta.url));
  // As deploy/gatehouse.service sets it.
  const env = { ...process.env, NODE_OPTIONS: '--max-semi-space-size=4', MALLOC_ARENA_MAX: '2' };
  const child = spawn(process.execPath, [main, 'run', '--config', config], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const mqttPort = await new Promise<number>((resolve, reject) => {
    child.on('exit', () => reject(new Error(`It did not start: ${said.slice(0, 1000)}`)));
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-10_000);
      const port = /ready mqtt=\S+:(\d+)/.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
  const { pid = 0 } = child;
  const rssMb = () => {
    const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(line ?? 0) / 1024;
  };
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, rssMb());
  }, 250);
  return {
    pid,
    mqttPort,
    pushPort,
    rssMb,
    peakMb: () => peak,
    forgetPeak() {
      peak = 0;
    },
    async stop() {
      clearInterval(look);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

function gatewayYaml(pushPort: number, cameras: number): string {
  const names = Array.from({ length: meters }, (_, i) => String(i).padStart(4, '0'));
  const drivers = Array.from({ length: cameras }, (_, i) => driverOfCamera(i));
  return `site: { name: 杜巷小区 }
dataDir: ./data
broker:
  listen: 127.0.0.1:0
  limits: { messagesPerSecond: 1000000 }
  users:
${names.map((name) => `    - { name: m${name}, password: m${name} }`).join('\n')}
console: { listen: 127.0.0.1:0 }
http: { listen: '127.0.0.1:${pushPort}' }
journal: { reserveMb: 1 }
log: { level: error }
points:
${names.map((name) => `  - { id: b${name}, kind: building }`).join('\n')}
lanes:
  - { id: in-1, direction: in }
devices:
${names.map((name) => `  - { id: m${name}, driver: native, point: b${name} }`).join('\n')}
${drivers.map((driver, i) => `  - { id: cam-${i}, driver: ${driver}, lane: in-1 }`).join('\n')}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (typeof address !== 'object' || address === null) throw new Error('No free port');
  return address.port;
}

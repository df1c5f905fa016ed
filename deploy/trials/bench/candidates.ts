import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type CandidateName = 'aedes' | 'gatehouse' | 'mosquitto';

/** A program that takes MQTT, running. */
export interface Candidate {
  readonly port: number;
  readonly pid: number;
  readonly login: boolean;
  /** From the start of the process to the moment it serves, ms. */
  readonly startMs: number;
  /** Figures that only the gateway has; empty for the others. A call also begins a new span for the delay. */
  figures(): Promise<Figures>;
  stop(): Promise<void>;
}

export interface Figures {
  readonly stored?: number;
  readonly commits?: number;
  readonly duplicates?: number;
  /** Groups that the rules have not seen yet. */
  readonly tailGroups?: number;
  /** How late timers were since the call before, 99th percentile, ms. */
  readonly loopDelayP99Ms?: number;
}

export interface CandidateParts {
  readonly name: CandidateName;
  readonly folder: string;
  readonly conns: number;
  readonly windowMs: number;
  /** The gateway's folder, with a past in it; it stays. A new one, which goes with the box, if absent. */
  readonly home?: string;
  /** Library that makes flushes slower, and by how much; beyond a second only once the box stands. */
  readonly slow?: { readonly library: string; readonly ms: number };
}

export function startCandidate(parts: CandidateParts): Promise<Candidate> {
  if (parts.name === 'aedes') return startAedes();
  return parts.name === 'gatehouse' ? startGatehouse(parts) : startMosquitto(parts);
}

/** What deploy/gatehouse.service sets: a small young generation and few arenas, for memory. */
const asInstalled = { NODE_OPTIONS: '--max-semi-space-size=4', MALLOC_ARENA_MAX: '2' };
/** Meters of the village that the load is of, and readers. */
const maxMeters = 473;
const maxReaders = 4;

async function startAedes(): Promise<Candidate> {
  const file = fileURLToPath(new URL('./plain-aedes.js', import.meta.url));
  const beganMs = performance.now();
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [, port = ''] = await heard(child, /ready (\d+)/);
  return running(child, Number(port), performance.now() - beganMs);
}

/** The real program, as `gatehouse run` starts it: log-in, limits, rules, desk, console, all of it. */
async function startGatehouse(parts: CandidateParts): Promise<Candidate> {
  const home = parts.home ?? mkdtempSync(join(parts.folder, 'box-'));
  mkdirSync(join(home, 'data'), { recursive: true });
  const config = join(home, 'gateway.yaml');
  writeFileSync(config, gatewayYaml(parts.windowMs));
  const main = fileURLToPath(new URL('../../../gateway/main.js', import.meta.url));
  if (!existsSync(main)) throw new Error('npm run build makes what is measured here');
  const { slow } = parts;
  const env = slow && {
    LD_PRELOAD: slow.library,
    SLOW_FLUSH_MS: String(slow.ms),
    SLOW_FLUSH_AFTER_MS: slow.ms > 1000 ? '1500' : '0',
  };
  const { GATEHOUSE_PROFILE: profile } = process.env;
  const look = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const beganMs = performance.now();
  const child = spawn(process.execPath, [...look, main, 'run', '--config', config], {
    env: { ...process.env, ...asInstalled, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [, port = '', http = ''] = await heard(child, /ready mqtt=\S+:(\d+) http=(\S+)/);
  const candidate = running(child, Number(port), performance.now() - beganMs);
  return {
    ...candidate,
    login: true,
    figures: async () => readFigures(await (await fetch(`http://${http}/metrics`)).text()),
    async stop() {
      await candidate.stop();
      if (parts.home === undefined) rmSync(home, { recursive: true, force: true });
    },
  };
}

async function startMosquitto({ folder }: CandidateParts): Promise<Candidate> {
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nmax_inflight_messages 1000\n`,
  );
  const beganMs = performance.now();
  const child = spawn('mosquitto', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  await heard(child, /mosquitto version \S+ running/);
  return running(child, port, performance.now() - beganMs);
}

/** 473 houses with a native meter each, every one with its own log-in. */
function gatewayYaml(windowMs: number): string {
  const number = (i: number) => String(i).padStart(4, '0');
  const meters = Array.from({ length: maxMeters }, (_, i) => number(i));
  const users = [
    ...meters.map((i) => `m${i}`),
    ...Array.from({ length: maxReaders }, (_, i) => `board${i}`),
  ];
  return `site: { name: 杜巷小区 }
dataDir: ./data
broker:
  listen: 127.0.0.1:0
  limits: { messagesPerSecond: 1000000 }
  users:
${users.map((name) => `    - { name: ${name}, password: ${name} }`).join('\n')}
console: { listen: 127.0.0.1:0 }
journal: { windowMs: ${windowMs}, reserveMb: 1 }
log: { level: error }
points:
${meters.map((i) => `  - { id: b${i}, kind: building, limits: { contractA: 40, breaker: { ratedA: 40, curve: C } } }`).join('\n')}
devices:
${meters.map((i) => `  - { id: m${i}, driver: native, point: b${i} }`).join('\n')}
`;
}

function running(child: ChildProcess, port: number, startMs: number): Candidate {
  const { pid = 0 } = child;
  return {
    port,
    pid,
    login: false,
    startMs,
    figures: async () => ({}),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 12_000);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** Waits for the line with which a program says that it serves. */
function heard(child: ChildProcess, line: RegExp): Promise<RegExpExecArray> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`It did not start: ${text.slice(0, 1000)}`)));
    child.stderr?.on('data', (chunk) => {
      text = (text + chunk).slice(-10_000);
      const match = line.exec(text);
      if (match) resolve(match);
    });
  });
}

/** Picks our figures out of the Prometheus text. */
export function readFigures(text: string): Figures {
  const value = (name: string): number | undefined => {
    const line = text.split('\n').find((one) => one.startsWith(`gatehouse_${name} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  const figures = {
    stored: value('readings_total{kind="power"}'),
    commits: value('journal_commits_total'),
    duplicates: value('duplicates_total'),
    tailGroups: value('engine_tail_groups'),
    loopDelayP99Ms: value('event_loop_delay_p99_ms'),
  };
  return Object.fromEntries(
    Object.entries(figures).filter(([, figure]) => figure !== undefined),
  ) as Figures;
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

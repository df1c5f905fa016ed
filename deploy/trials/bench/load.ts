import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How the generator loads: closed loop where `rate` is 0. */
export interface Shape {
  readonly conns: number;
  /** Unanswered messages of one connection. */
  readonly window: number;
  /** Messages a second over all connections; 0: as fast as they are answered. */
  readonly rate: number;
  readonly readers: number;
}

/** What the generator saw. Times in ms, rates by second, `cpuS` and `diskBytes` of the program under test. */
export interface Measured {
  readonly seconds: number;
  readonly sentPerS: number;
  readonly ackedPerS: number;
  readonly deliveredPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly readP50Ms: number;
  readonly readP99Ms: number;
  readonly cpuS: number;
  readonly diskBytes: number;
  readonly rssMb: number;
  readonly peakMb: number;
  readonly ownCpuS: number;
  readonly sent: number;
  readonly acked: number;
  readonly delivered: number;
  /** Connections that the other side closed. */
  readonly closed: number;
}

export interface LoadParts extends Shape {
  readonly program: string;
  readonly port: number;
  readonly pid: number;
  readonly login: boolean;
  readonly seconds: number;
  readonly warmS: number;
  /** Called when the measured time begins. */
  readonly onWindow?: () => void;
}

/** Runs the generator once. */
export async function runLoad(parts: LoadParts): Promise<Measured> {
  const { program, port, pid, login, seconds, warmS, conns, window, rate, readers } = parts;
  const settings = { port, pid, login: Number(login), secs: seconds, warm: warmS };
  const args = Object.entries({ ...settings, conns, window, rate, readers });
  const child = spawn(
    program,
    args.map(([name, value]) => `${name}=${value}`),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('window')) parts.onWindow?.();
    out += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const line = out.split('\n').find((one) => one.startsWith('{'));
  if (code !== 0 || line === undefined) throw new Error(`The load generator failed: ${errors}`);
  return JSON.parse(line) as Measured;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What cameras saw since the last `take`. */
export interface Taken {
  readonly answered: number;
  /** Answers other than 200, and connections that broke. */
  readonly failed: number;
  /** From when a push was due to its answer, ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Processor time of the cameras since their start, s. */
  readonly ownCpuS: number;
}

export interface Cameras {
  take(): Promise<Taken>;
  /** Resolves when everything that was due is answered. */
  stop(): Promise<void>;
}

/** Starts the cameras of a plan (plan.ts), each on a connection of its own. */
export function startCameras({
  program,
  port,
  plan,
}: {
  readonly program: string;
  readonly port: number;
  readonly plan: string;
}): Cameras {
  const child = spawn(program, [String(port), plan], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  child.stdin.on('error', () => {
    // It ended: its lines end too, and that is told.
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async take() {
      child.stdin.write('take\n');
      const { value } = await lines.next();
      if (value === undefined) throw new Error(`The cameras failed: ${errors}`);
      return JSON.parse(value) as Taken;
    },
    async stop() {
      const gone = child.exitCode === null ? once(child, 'exit') : [child.exitCode];
      child.stdin.end();
      const [code] = await gone;
      if (code !== 0) throw new Error(`The cameras failed: ${errors}`);
    },
  };
}

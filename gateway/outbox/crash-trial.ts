import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CrashParts {
  /** crash-child.ts, built. */
  readonly childFile: string;
  /** Every so many steps a kill; 1 for each of them. */
  readonly stride: number;
  readonly told?: (text: string) => void;
}

/** What came of it; `lost` and `doubled` are empty and all is well where `wrong` is empty too. */
export interface Crashed {
  readonly kills: number;
  /** Messages that left, over all rounds. */
  readonly left: number;
  /** Messages that never left. */
  readonly lost: readonly string[];
  /** Messages that left more often than a crash may make them, or again without saying so. */
  readonly doubled: readonly string[];
  readonly wrong: readonly string[];
}

interface Run {
  readonly killed: boolean;
  readonly step: number;
  readonly states: readonly string[];
}

const channels = ['sms', 'robot', 'upstream'] as const;
/** Less steps than this are not the whole path. */
const leastSteps = 50;

/**
 * Kills the alert path at every step that may lose or double a message, and starts it again: each message leaves, at
 * most one of each channel twice, and the second says that it is one.
 */
export async function crashTrial({ childFile, stride, told }: CrashParts): Promise<Crashed> {
  const base = mkdtempSync(join(tmpdir(), 'gatehouse-crash-'));
  const [lost, doubled, wrong]: [string[], string[], string[]] = [[], [], []];
  let kills = 0;
  let left = 0;
  try {
    const whole = join(base, 'whole');
    mkdirSync(whole);
    const full = await run(childFile, whole, 0);
    if (full.states.join() !== 'delivered,delivered,delivered')
      wrong.push(`without a kill: ${full.states.join()}`);
    if (leftOf(whole).length !== channels.length) wrong.push('without a kill: not one of each');
    if (full.step <= leastSteps) wrong.push(`only ${full.step} steps`);
    for (let killAt = 1; killAt <= full.step; killAt += stride) {
      const at = `killed at ${killAt}`;
      const folder = join(base, String(killAt));
      mkdirSync(folder);
      if (!(await run(childFile, folder, killAt)).killed) wrong.push(`not ${at}`);
      kills += 1;
      const after = await run(childFile, folder, 0);
      // `sent`: it left, and the crash took its report. It is not sent again for that.
      for (const state of after.states) {
        if (!['delivered', 'sent'].includes(state)) wrong.push(`${at}: ${state}`);
      }
      const messages = leftOf(folder);
      left += messages.length;
      for (const name of channels) {
        const texts = messages.filter((one) => one.name === name).map(({ text }) => text);
        if (texts.length === 0) lost.push(`${name}, ${at}`);
        // The platform knows a row by its id and takes it once, however often it comes.
        if (name === 'upstream' || texts.length < 2) continue;
        if (texts.length > 2 || !texts[1]?.includes('(重发)')) doubled.push(`${name}, ${at}`);
      }
      rmSync(folder, { recursive: true });
      told?.(`alert path: ${at} of ${full.step}`);
    }
    return { kills, left, lost, doubled, wrong };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

const run = (childFile: string, folder: string, killAt: number): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [childFile, folder, String(killAt)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    let errors = '';
    child.stdout.on('data', (more) => {
      text += more;
    });
    child.stderr.on('data', (more) => {
      errors += more;
    });
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve({ killed: true, step: killAt, states: [] });
      else if (code === 0) resolve({ killed: false, ...JSON.parse(text) });
      else reject(new Error(errors.slice(0, 2000)));
    });
  });

function leftOf(folder: string): readonly { readonly name: string; readonly text: string }[] {
  const file = join(folder, 'left.txt');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

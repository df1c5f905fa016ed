import { type ChildProcess, spawn } from 'node:child_process';
import type { Level } from './contact.ts';

/**
 * Draws and releases. Whatever ends it, short of SIGKILL, releases first; the shell waits in the background, so that a
 * signal is not held up by `sleep`.
 */
const script = `value=$1 on=$2 off=$3 seconds=$4
trap 'echo "$off" >"$value"' EXIT
trap 'exit 1' HUP INT TERM
echo "$on" >"$value" || exit 1
sleep "$seconds" &
wait $!`;

/** So much longer than asked the process may take, from its start to its end, before it is ended, ms. */
export const graceMs = 1000;

export interface Guard {
  /** True once the line was drawn for its time and released; false where that could not be. */
  readonly ended: Promise<boolean>;
  /** Ends it at once and leaves the line as it is: whoever calls releases it. */
  kill(): void;
}

/**
 * One pulse, by a process of its own: neither a busy event loop nor the end of the gateway can lengthen it. If this
 * process and the gateway are both killed within the pulse, `gatehouse release` lets go, and so does the next start.
 */
export function startGuard(valueFile: string, on: Level, ms: number): Guard {
  const child: ChildProcess = spawn(
    '/bin/sh',
    ['-c', script, 'pulse', valueFile, String(on), String(1 - on), String(ms / 1000)],
    { stdio: 'ignore' },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), ms + graceMs);
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  }).finally(() => clearTimeout(timer));
  return { ended, kill: () => child.kill('SIGKILL') };
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A `/sys/class/gpio` of our own (stand-in.c), in a mount namespace that only `enter`ed programs see. */
export interface StandIn {
  /** The command that runs `command` where the stand-in is mounted. */
  enter(command: string, args: readonly string[]): readonly [string, readonly string[]];
  /** The file behind the pins (see stand-in.c), as seen from outside the namespace. */
  readonly simFile: string;
  stop(): Promise<void>;
}

export interface Pins {
  /** Label of the chip. */
  readonly label: string;
  /** Number of its first line. */
  readonly base: number;
  readonly count: number;
}

/** A Raspberry Pi 4 with kernel 6.6 or later. */
export const piPins: Pins = { label: 'pinctrl-bcm2711', base: 512, count: 58 };

/** Inside the namespace the file behind the pins is here; on a real box it is not. */
export const simFileHere = '/sys/class/gpio/.sim';

/** True for a program that was started where the stand-in is mounted. */
export const isStandInHere = (): boolean => existsSync(simFileHere);

const root = '/sys/class/gpio';
const startsWithinMs = 5000;

/** Mounts, in place of the shell: the process that is waited for is the stand-in itself. */
const mountScript = `set -e
[ -d ${root} ] || { mount -t tmpfs gatehouse /sys/class; mkdir ${root}; }
exec "$@" ${root}`;

/** Compiles and mounts the stand-in. Throws with the reason where this machine or user cannot. */
export async function startStandIn({ label, base, count }: Pins = piPins): Promise<StandIn> {
  const program = compile();
  const own = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const child = spawn(
    'unshare',
    [
      ...own,
      '--mount',
      '/bin/sh',
      '-c',
      mountScript,
      'stand-in',
      program,
      label,
      String(base),
      String(count),
    ],
    // A group of its own: Ctrl-C ends who uses the pins first, and the pins after that.
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  let told = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    told = `${told}${text}`.slice(-2000);
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (cause) => reject(new Error('Cannot start unshare', { cause })));
    child.once('exit', () => reject(new Error(`Cannot mount: ${told.trim() || 'it ended'}`)));
  });
  failed.catch(() => {
    // Told by whoever waits for the start; later it is the ordinary end.
  });
  const simFile = `/proc/${child.pid}/root${simFileHere}`;
  await Promise.race([mounted(child, simFile), failed]);
  const namespaces = [
    `--mount=/proc/${child.pid}/ns/mnt`,
    ...(own.length > 0 ? [`--user=/proc/${child.pid}/ns/user`, '--preserve-credentials'] : []),
  ];
  return {
    enter: (command, args) => [
      'nsenter',
      [...namespaces, `--wd=${process.cwd()}`, '--', command, ...args],
    ],
    simFile,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function mounted(child: ChildProcess, simFile: string): Promise<void> {
  for (const untilMs = Date.now() + startsWithinMs; ; await sleep(20)) {
    try {
      accessSync(simFile, constants.R_OK);
      return;
    } catch (cause) {
      if (Date.now() < untilMs) continue;
      child.kill('SIGKILL');
      throw new Error('Cannot mount: it takes too long', { cause });
    }
  }
}

/** Compiles once for each state of the source. */
function compile(): string {
  const source = sourceFile();
  const folder = join(tmpdir(), `gatehouse-gpio-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const program = join(folder, `stand-in-${Math.round(statSync(source).mtimeMs)}`);
  if (existsSync(program)) return program;
  const fresh = `${program}.${process.pid}`;
  const { status, error, stderr } = spawnSync(
    'gcc',
    [
      '-O2',
      '-D_FILE_OFFSET_BITS=64',
      '-I/usr/include/fuse3',
      '-o',
      fresh,
      source,
      '-lfuse3',
      '-lpthread',
    ],
    { encoding: 'utf8' },
  );
  if (error) throw new Error('gcc is missing (apt-get install build-essential)', { cause: error });
  if (status !== 0) {
    const why = /fuse/.test(stderr) ? 'libfuse3-dev is missing' : stderr.split('\n')[0];
    throw new Error(`Cannot compile: ${why} (apt-get install build-essential libfuse3-dev)`);
  }
  // Two that start together compile twice; neither runs half a file.
  renameSync(fresh, program);
  return program;
}

/** A source that is not compiled lies beside this file, or where the build left it. */
function sourceFile(): string {
  for (const place of ['./stand-in.c', '../../../simulators/gpio/stand-in.c']) {
    const file = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(file)) return file;
  }
  throw new Error('stand-in.c is missing');
}

/** Drives pins, as the world would: `536 1`; other orders in stand-in.c. */
export function order(simFile: string, what: string): void {
  writeFileSync(simFile, `${what}\n`);
}

/** One change of a pin's level. */
export interface Change {
  /** Monotonic clock of the machine, ms. */
  readonly atMs: number;
  readonly line: number;
  readonly level: number;
}

/** Every change of level so far, by whomever. */
export function changes(simFile: string): readonly Change[] {
  return readFileSync(simFile, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((row) => {
      const [atMs = 0, line = 0, level = 0] = row.split(' ').map(Number);
      return { atMs, line, level };
    });
}

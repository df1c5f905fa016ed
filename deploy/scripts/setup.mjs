// Installs what is missing and says what it does. Plain JavaScript: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Debian packages: what npm needs to compile sqlite3 and epoll, and what the tests run for real. */
const forBuild = ['build-essential', 'python3'];
const forTests = ['chromium', 'openssl', 'fonts-noto-cjk', 'mosquitto', 'libfuse3-dev', 'fuse3'];

const say = (text) => process.stderr.write(`gatehouse: ${text}\n`);

function fail(text) {
  say(text);
  process.exit(1);
}

export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) fail(`Cannot start ${command}: ${error.message}`);
  return status ?? 1;
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 17)) return;
  fail(
    `Node ${process.versions.node} is too old: 20.17 or later is needed (Raspberry Pi OS 13: apt-get install nodejs npm).`,
  );
}

function missing(packages) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${Status}\n', ...packages], {
    encoding: 'utf8',
  });
  const installed = new Set(
    (stdout ?? '')
      .split('\n')
      .filter((line) => line.endsWith('install ok installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

function installDebian(packages, why) {
  const wanted = missing(packages);
  if (wanted.length === 0) return;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'apt-get', ...args];
    return run(command, rest, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 2, 2],
    });
  };
  say(`installing from Debian, for ${why}: ${wanted.join(' ')} (a few minutes at the first time)`);
  if (
    apt('update', '-q') !== 0 ||
    apt('install', '-y', '-q', '--no-install-recommends', ...wanted) !== 0
  ) {
    fail(`Cannot install ${wanted.join(' ')}. Run as root: apt-get install ${wanted.join(' ')}`);
  }
}

function installNpm() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.gatehouse');
  const wanted = `${lock} ${process.version} ${process.arch}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!hasCompiler()) installDebian(forBuild, 'compiling sqlite3');
  say(
    'installing packages; sqlite3 may be compiled, which takes about 90 s on a PC and 10 minutes on a Pi',
  );
  if (
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      stdio: ['ignore', 2, 2],
    }) !== 0
  ) {
    fail('npm ci failed; the lines above say why.');
  }
  writeFileSync(stamp, wanted);
}

function hasCompiler() {
  return ['c++', 'make', 'python3'].every((name) => spawnSync(name, ['--version']).status === 0);
}

/** `tests`: also Chromium, Mosquitto and the other programs that the tests run for real. */
export function setUp({ tests = false } = {}) {
  checkNode();
  installNpm();
  if (tests) installDebian([...forBuild, ...forTests], 'the tests');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  setUp({ tests: process.argv.includes('--tests') });

// Builds dist/: the gateway by tsc and then, into a few files, by Vite; the console's pages by Vite. Does nothing where nothing changed.
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, run, setUp } from './setup.mjs';

const sources = [
  'drivers',
  'rules',
  'gateway',
  'simulators',
  'deploy',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

export function build() {
  const stamp = join(root, 'dist', '.built');
  const changedMs = Math.max(...sources.map((name) => newest(join(root, name))));
  if (existsSync(stamp) && statSync(stamp).mtimeMs > changedMs) return;
  process.stderr.write('gatehouse: building\n');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const bin = (name) => join(root, 'node_modules', '.bin', name);
  const steps = [
    [bin('tsc'), ['-p', 'deploy/tsconfig.build.json']],
    ...['deploy/vite.config.ts', 'gateway/console/pages/vite.config.ts'].map((config) => [
      bin('vite'),
      ['build', '--logLevel', 'warn', '--config', config],
    ]),
  ];
  for (const [command, args] of steps) {
    if (run(command, args, { stdio: ['ignore', 2, 2] }) !== 0) {
      // Half a build would run, without its pages.
      rmSync(join(root, 'dist'), { recursive: true, force: true });
      process.stderr.write(
        `gatehouse: the build failed at ${args.join(' ')}; nothing is left of it\n`,
      );
      process.exit(1);
    }
  }
  // docs/install.md links it as `gatehouse`.
  chmodSync(join(root, 'dist/gateway/main.js'), 0o755);
  // What V8 compiles for a start is kept; it is taken only by a Node of the same options.
  for (const options of new Set(['', asInstalled()])) {
    run(process.execPath, [join(root, 'deploy/scripts/warm.mjs'), options], { stdio: 'ignore' });
  }
  writeFileSync(stamp, new Date().toISOString());
}

/** The NODE_OPTIONS of the installed box. */
function asInstalled() {
  const unit = readFileSync(join(root, 'deploy', 'gatehouse.service'), 'utf8');
  return /NODE_OPTIONS=(\S+)/.exec(unit)?.[1] ?? '';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setUp();
  build();
}

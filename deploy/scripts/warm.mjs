// warm.mjs [NODE_OPTIONS]: starts the built gateway once and ends it; it then leaves what V8 compiled beside itself.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './setup.mjs';

const home = mkdtempSync(join(tmpdir(), 'gatehouse-warm-'));
const config = join(home, 'gateway.yaml');
// A little of what every box has.
writeFileSync(
  config,
  `site: { name: warm }
dataDir: ./data
broker: { listen: 127.0.0.1:0, users: [{ name: m1, password: warm }] }
console: { listen: 127.0.0.1:0 }
journal: { reserveMb: 1 }
log: { level: error }
points:
  - { id: b1, kind: building, limits: { contractA: 40, breaker: { ratedA: 40, curve: C } } }
devices:
  - { id: m1, driver: native, point: b1 }
`,
);
const main = join(root, 'dist', 'gateway', 'main.js');
const child = spawn(process.execPath, [main, 'run', '--config', config], {
  env: { ...process.env, NODE_OPTIONS: process.argv[2] ?? '' },
  stdio: ['ignore', 'ignore', 'pipe'],
});
child.stderr.on('data', (text) => {
  if (String(text).includes('ready')) child.kill('SIGTERM');
});
child.on('exit', (code) => {
  rmSync(home, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});

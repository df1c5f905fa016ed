// npm start: installs, builds and runs the demonstration village.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root, setUp } from './setup.mjs';

setUp();
build();
const args = [join(root, 'dist/gateway/main.js'), 'run', '--demo', ...process.argv.slice(2)];
const gateway = spawn(process.execPath, args, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => gateway.kill(signal));
gateway.on('exit', (code) => process.exit(code ?? 1));

// npm start: installs, builds and runs the demonstration village.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { root, setUp } from './setup.mjs';

setUp();
build();
const args = [join(root, 'dist/gateway/main.js'), 'run', '--demo', ...process.argv.slice(2)];
const pins = await standIn();
const [command, rest] = pins?.enter(process.execPath, args) ?? [process.execPath, args];
const gateway = spawn(command, rest, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => gateway.kill(signal));
gateway.on('exit', async (code) => {
  await pins?.stop();
  process.exit(code ?? 1);
});

/** Pins for one lane of the village, in a mount namespace of their own; undefined where this machine or user cannot. */
async function standIn() {
  const file = join(root, 'dist/simulators/gpio/stand-in.js');
  try {
    const { startStandIn } = await import(pathToFileURL(file).href);
    return await startStandIn();
  } catch (error) {
    process.stderr.write(
      `gatehouse: the village has no lane on pins here, everything else runs: ${error.message}\n`,
    );
    return undefined;
  }
}

// npm run bench | evaluate | test:faults …: builds and runs one long trial; its arguments follow after --.
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { root, setUp } from './setup.mjs';

const [name = '', ...argv] = process.argv.slice(2);
setUp({ tests: true });
build();
/** Each trial says what it takes: `options` for parseArgs, `usage` for whoever asks. */
const { main, options, usage } = await import(
  pathToFileURL(join(root, `dist/deploy/trials/${name}/${name}.js`)).href
);
process.exitCode = await run();

async function run() {
  try {
    const help = { type: 'boolean', short: 'h' };
    const { values } = parseArgs({ args: argv, options: { ...options, help } });
    if (!values.help) return (await main(values)) ?? 0;
    process.stdout.write(usage);
    return 0;
  } catch (error) {
    const isTyped = error.name === 'OptionError' || error.code?.startsWith('ERR_PARSE_ARGS');
    if (!isTyped) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    return 2;
  }
}

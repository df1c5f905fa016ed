// npm run bench | evaluate | test:faults …: builds and runs one long trial; its arguments follow after --.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { root, setUp } from './setup.mjs';

const [name = '', ...argv] = process.argv.slice(2);
setUp({ tests: true });
build();
const { main } = await import(
  pathToFileURL(join(root, `dist/deploy/trials/${name}/${name}.js`)).href
);
process.exitCode = (await main(argv)) ?? 0;

// npm run docs: writes the pages that are made from the code. Tests hold them to it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { root, setUp } from './setup.mjs';

setUp();
build();
const from = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const { configReference, configSchema } = await from('gateway/config/reference.js');
const { devicesPage } = await from('drivers/devices-page.js');
const { drivers } = await from('drivers/index.js');
const pages = {
  'docs/configuration.md': configReference(),
  'docs/devices.md': devicesPage(drivers),
  'deploy/gateway.schema.json': `${JSON.stringify(configSchema(), null, 2)}\n`,
};
for (const [file, text] of Object.entries(pages)) {
  writeFileSync(join(root, file), text);
  process.stderr.write(`gatehouse: wrote ${file}\n`);
}

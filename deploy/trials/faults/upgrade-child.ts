import { openAs, steps } from './upgrade.ts';

/* The start of a new program on an old store, to be killed in the middle. Argument: the data directory. */
const [dataDir = ''] = process.argv.slice(2);
const store = await openAs(dataDir, { load: steps.load.length, gate: steps.gate.length });
await store.close();
process.stdout.write('done\n');

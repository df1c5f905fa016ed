import { keep, told } from './keeper.ts';

await keep(told(process.argv.slice(2)));

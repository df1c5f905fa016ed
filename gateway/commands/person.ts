import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { GatewayError } from '../errors.ts';
import { plateClass } from '../journal/events.ts';
import { gateMigrations } from '../migrations.ts';
import { openStoredKeys } from '../privacy/keys.ts';
import {
  correctVehicle,
  deleteVehicle,
  exportVehicle,
  liftVehicle,
  type OnBehalf,
  plainPlate,
  restrictVehicle,
} from '../privacy/person.ts';
import { noteTombstone } from '../privacy/tombstones.ts';
import { migrate } from '../store/migrations.ts';
import { openSqlite } from '../store/sqlite.ts';
import { actor, registerNumber, wholeNumber } from './options.ts';
import { tell, writeLine } from './output.ts';

interface Options {
  readonly data: string;
  readonly plate: string;
  readonly request: string;
  readonly by: string;
}

const plateShape = /^[\p{Script=Han}A-Z0-9]{5,10}$/u;

/** `gatehouse person`: what one person may ask for (PIPL arts. 44 to 47). */
export function personCommand(): Command {
  const common = (name: string, text: string) =>
    new Command(name)
      .description(text)
      .requiredOption('--data <dir>', 'the data directory; the gateway may run')
      .requiredOption('--plate <text>', 'plate of the vehicle, as 沪A12345')
      .requiredOption(
        '--request <no>',
        "number of the request in the committee's register; no name",
        registerNumber,
      )
      .requiredOption(
        '--by <who>',
        'account or duty number of whoever checked the identity',
        actor,
      );
  const person = new Command('person').description(
    "one person's records: check who asks first; the box only finds, gives, corrects, restricts and deletes",
  );
  person.addCommand(
    common('export', 'everything that is kept of a vehicle, as JSON')
      .argument('[file]', 'where to; standard output if absent')
      .action((file: string | undefined, options: Options) => exported(file, options)),
  );
  person.addCommand(
    common(
      'delete',
      'deletes everything that is kept of a vehicle; the receipt stays in the audit',
    ).action((options: Options) => deleted(options)),
  );
  person.addCommand(
    common('correct', 'a plate that a camera has misread: its passages become those of another')
      .requiredOption('--right <plate>', 'what it should have read')
      .option('--from <ms>', 'passages from this time on, ms since 1970 UTC', wholeNumber)
      .option('--to <ms>', 'passages up to this time, ms since 1970 UTC', wholeNumber)
      .action((options: Options & Correction) => corrected(options)),
  );
  person.addCommand(
    common(
      'restrict',
      'what is kept of a vehicle now stays stored and is used for nothing; its terms run on',
    )
      .option('--lift', 'ends the restriction')
      .action((options: Options & { readonly lift?: true }) => restricted(options)),
  );
  return person;
}

async function exported(file: string | undefined, options: Options): Promise<void> {
  const passages = await withStore(options, (gate, keys, on) =>
    exportVehicle(gate, keys, options.plate, on),
  );
  const text = JSON.stringify({ request: options.request, passages }, null, 1);
  if (file === undefined) await writeLine(text);
  else writeFileSync(resolve(file), `${text}\n`, { mode: 0o600, flag: 'wx' });
  tell(`${passages.length} passages; noted in the audit`);
}

async function deleted(options: Options): Promise<void> {
  const n = await withStore(options, (gate, keys, on) => {
    const hash = keys.pseudonym(plateClass, plainPlate(options.plate));
    noteTombstone(resolve(options.data), { atMs: on.atMs, hash });
    return deleteVehicle(gate, keys, options.plate, on);
  });
  tell(
    `${n} passages deleted; the receipt is in the audit. A backup made before forgets them when it is restored`,
  );
}

interface Correction {
  readonly right: string;
  readonly from?: number;
  readonly to?: number;
}

async function corrected(options: Options & Correction): Promise<void> {
  checkPlate('--right', options.right);
  const n = await withStore(options, (gate, keys, on) => {
    const { plate, right, from: fromMs, to: toMs } = options;
    const hash = keys.pseudonym(plateClass, plainPlate(plate));
    const { atMs, request } = on;
    noteTombstone(resolve(options.data), { atMs, hash, what: 'correct', request });
    return correctVehicle(gate, keys, { plate, right, fromMs, toMs }, on);
  });
  tell(`${n} passages corrected; the receipt is in the audit. A restored backup needs it again`);
}

async function restricted(options: Options & { readonly lift?: true }): Promise<void> {
  const { lift } = options;
  const n = await withStore(options, (gate, keys, on) => {
    const hash = keys.pseudonym(plateClass, plainPlate(options.plate));
    noteTombstone(resolve(options.data), { atMs: on.atMs, hash, what: lift ? 'lift' : 'restrict' });
    return (lift ? liftVehicle : restrictVehicle)(gate, keys, options.plate, on);
  });
  tell(
    lift
      ? `${n} passages are used again`
      : `${n} passages are stored and used for nothing; the receipt is in the audit`,
  );
}

function checkPlate(option: string, plate: string): void {
  if (!plateShape.test(plainPlate(plate)))
    throw new GatewayError('USAGE', `${option} is no plate: 5 to 10 characters, as 沪A12345`);
}

async function withStore<T>(
  { data, plate, request, by }: Options,
  work: (
    gate: Awaited<ReturnType<typeof openSqlite>>,
    keys: NonNullable<ReturnType<typeof openStoredKeys>>,
    on: OnBehalf,
  ) => Promise<T>,
): Promise<T> {
  checkPlate('--plate', plate);
  const file = join(resolve(data), 'gate.db');
  if (!existsSync(file)) throw new GatewayError('USAGE', `There is no store in ${resolve(data)}`);
  const keys = openStoredKeys(resolve(data));
  if (!keys)
    throw new GatewayError('KEYS_MISSING', 'Without its keys nobody can be found in the store');
  const gate = await openSqlite(file, { secureDelete: true });
  try {
    await migrate(gate, gateMigrations);
    return await work(gate, keys, { who: by, role: 'command', request, atMs: Date.now() });
  } finally {
    await gate.close();
  }
}

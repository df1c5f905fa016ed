import type { GatewayConfig } from '../config/schema.ts';
import type { Tx } from './alert-row.ts';
import { remember, remembered } from './desk-state.ts';
import { addDays, atLocal, localTime } from './local-time.ts';

export type Role = GatewayConfig['people'][number]['role'];

/** Somebody who is told. `title` is a duty number or role, never a name. */
export interface Person {
  readonly id: string;
  readonly title: string;
  readonly role: Role;
  readonly hasPhone: boolean;
}

/** Seals numbers of persons for the database; the key is not in it. */
export interface PhoneKeys {
  seal(text: string): Uint8Array;
  open(sealed: Uint8Array): string;
}

interface PersonRow {
  readonly id: string;
  readonly title: string;
  readonly role: Role;
  readonly phone: Uint8Array | null;
}

/** Takes the people of the configuration at the first start; afterwards the database is what counts. */
export async function seedPeople(
  tx: Tx,
  people: GatewayConfig['people'],
  keys: PhoneKeys,
): Promise<void> {
  if (await remembered(tx, 'seeded')) return;
  for (const [turn, { id, title, role, phone }] of people.entries()) {
    await tx.run(
      'INSERT OR IGNORE INTO people (id, title, role, phone, turn) VALUES (?, ?, ?, ?, ?)',
      [id, title, role, phone === undefined ? null : keys.seal(phone), turn],
    );
  }
  if (people.length > 0) await remember(tx, 'seeded', 1);
}

const toPerson = ({ id, title, role, phone }: PersonRow): Person => ({
  id,
  title,
  role,
  hasPhone: phone !== null,
});

/** Everybody, in the order of their turns. */
export async function listPeople(tx: Tx): Promise<readonly Person[]> {
  const rows = await tx.all<PersonRow>(
    'SELECT id, title, role, phone FROM people WHERE active = 1 ORDER BY turn, id',
  );
  return rows.map(toPerson);
}

/** The number of a person; for the channel alone, which forgets it after sending. */
export async function phoneOf(tx: Tx, id: string, keys: PhoneKeys): Promise<string | undefined> {
  const row = await tx.get<{ phone: Uint8Array | null }>(
    'SELECT phone FROM people WHERE id = ? AND active = 1',
    [id],
  );
  return row?.phone ? keys.open(row.phone) : undefined;
}

/** Whose number this is. A number proves possession of a telephone, not who holds it. */
export async function personByPhone(
  tx: Tx,
  number: string,
  keys: PhoneKeys,
): Promise<Person | undefined> {
  const wanted = national(number);
  const rows = await tx.all<PersonRow>(
    'SELECT id, title, role, phone FROM people WHERE active = 1 AND phone IS NOT NULL',
  );
  const row = rows.find(({ phone }) => phone && national(keys.open(phone)) === wanted);
  return row && toPerson(row);
}

/** The same telephone is written with and without the country. */
const national = (number: string): string => number.replace(/^(\+|00)?86(?=1\d{10}$)/, '');

/** Whose turn it is. A shift begins at 08:00 local, with the daily report. */
export interface Duty {
  readonly day: string;
  readonly member: Person | undefined;
  readonly deputy: Person | undefined;
}

const shiftStartMinute = 8 * 60;

/** The day whose shift runs at `atMs`. */
export function shiftDay(atMs: number, zone: string): string {
  const { day, minute } = localTime(atMs, zone);
  return minute < shiftStartMinute ? addDays(day, -1) : day;
}

/** When the shift of a day is over, ms. */
export const shiftEnd = (day: string, zone: string): number =>
  atLocal(addDays(day, 1), shiftStartMinute, zone);

/** Who is on duty: what the roster says, else the duty members two by two in the order of the list. */
export async function dutyAt(tx: Tx, atMs: number, zone: string): Promise<Duty> {
  const day = shiftDay(atMs, zone);
  const people = await listPeople(tx);
  const entered = await tx.all<{ slot: string; person: string }>(
    'SELECT slot, person FROM roster WHERE day = ?',
    [day],
  );
  const members = people.filter(({ role }) => role === 'duty');
  const turn = Math.floor(Date.parse(`${day}T00:00:00Z`) / 86_400_000) * 2;
  const enteredIn = (slot: 'member' | 'deputy') => {
    const row = entered.find((one) => one.slot === slot);
    return row && people.find(({ id }) => id === row.person);
  };
  const byTurn = (from: number, not: Person | undefined) =>
    members
      .map((_, index) => members[(from + index) % members.length])
      .find((one) => one?.id !== not?.id);
  // Nobody is member and deputy of one night, whatever was entered for the other place.
  const member = enteredIn('member') ?? byTurn(turn, enteredIn('deputy'));
  const deputy = enteredIn('deputy') ?? byTurn(turn + 1, member);
  return { day, member, deputy: deputy?.id === member?.id ? undefined : deputy };
}

import type { Sqlite } from '../store/sqlite.ts';
import type { AlertRow, Tx } from './alert-row.ts';
import { changing, type Editor, StaffRefused } from './edit.ts';
import { type Level, ladderOf, recipientsAt } from './ladder.ts';
import { addDays, atLocal } from './local-time.ts';
import { withoutPersons } from './note.ts';
import { dutyAt, listPeople, type Person, type PhoneKeys, type Role } from './people.ts';
import { isQuiet, type QuietContext, quietEnd } from './quiet-hours.ts';

/** Enters or changes a person; counts from the next message on. `phone` undefined keeps the number, null removes it. */
export async function savePerson(
  gate: Sqlite,
  keys: PhoneKeys,
  person: {
    readonly id: string;
    readonly title: string;
    readonly role: Role;
    readonly phone?: string | null;
  },
  editor: Editor,
): Promise<void> {
  const { id, title, role, phone } = person;
  if (title.length < 1 || title.length > 20) throw new StaffRefused('Title: 1 to 20 characters');
  if (phone != null && !/^\+[1-9]\d{6,14}$/.test(phone)) {
    throw new StaffRefused('Number: +86 and 11 digits');
  }
  await changing(gate, editor, 'person.save', id, async (tx) => {
    const last = await tx.get<{ turn: number | null }>('SELECT MAX(turn) AS turn FROM people');
    await tx.run(
      `INSERT INTO people (id, title, role, turn) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, role = excluded.role, active = 1`,
      [id, title, role, (last?.turn ?? -1) + 1],
    );
    if (phone !== undefined) {
      const sealed = phone === null ? null : keys.seal(phone);
      await tx.run('UPDATE people SET phone = ? WHERE id = ?', [sealed, id]);
    }
  });
}

/** Ends a person's service: the number goes at once, the title stays for the story of old alerts. */
export async function removePerson(gate: Sqlite, id: string, editor: Editor): Promise<void> {
  await changing(gate, editor, 'person.remove', id, async (tx) => {
    await tx.run('UPDATE people SET active = 0, phone = NULL WHERE id = ?', [id]);
    await tx.run(
      "UPDATE outbox SET state = 'cancelled', done_ms = ?, reason = 'removed' WHERE recipient = ? AND state = 'waiting'",
      [editor.nowMs, id],
    );
  });
}

export type Slot = 'member' | 'deputy';

/** Puts a person on duty for a day; valid from now on, for a shift that runs already too. */
export async function setDuty(
  gate: Sqlite,
  duty: { readonly day: string; readonly slot: Slot; readonly person: string },
  editor: Editor,
): Promise<void> {
  await changing(gate, editor, 'roster.set', `${duty.day} ${duty.slot}`, (tx) =>
    enter(tx, duty, editor.who),
  );
}

async function enter(
  tx: Tx,
  { day, slot, person }: { readonly day: string; readonly slot: Slot; readonly person: string },
  author: string,
): Promise<void> {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new StaffRefused('Day: 2026-05-01');
  const known = await listPeople(tx);
  if (!known.some(({ id }) => id === person)) throw new StaffRefused('Nobody has this id');
  await tx.run(
    `INSERT INTO roster (day, slot, person, author) VALUES (?, ?, ?, ?)
     ON CONFLICT (day, slot) DO UPDATE SET person = excluded.person, author = excluded.author`,
    [day, slot, person, author],
  );
}

export interface RosterDay {
  readonly day: string;
  readonly member: Person | undefined;
  readonly deputy: Person | undefined;
}

/** The roster of some days, entered or by turn; at most 62. */
export async function rosterOf(
  tx: Tx,
  fromDay: string,
  days: number,
  zone: string,
): Promise<readonly RosterDay[]> {
  const list: RosterDay[] = [];
  for (let n = 0; n < Math.min(days, 62); n += 1) {
    const day = addDays(fromDay, n);
    const { member, deputy } = await dutyAt(tx, atLocal(day, 12 * 60, zone), zone);
    list.push({ day, member, deputy });
  }
  return list;
}

/** Two people change places: each takes the other's shift, in one step, or nothing is changed. */
export async function swapDuty(
  gate: Sqlite,
  zone: string,
  one: { readonly day: string; readonly slot: Slot },
  other: { readonly day: string; readonly slot: Slot },
  editor: Editor,
): Promise<void> {
  const places = `${one.day} ${one.slot} - ${other.day} ${other.slot}`;
  await changing(gate, editor, 'roster.swap', places, async (tx) => {
    // Read where it is written: of two swaps at once the second finds what the first has made.
    const of = async ({ day, slot }: { readonly day: string; readonly slot: Slot }) => {
      const [duty] = await rosterOf(tx, day, 1, zone);
      const person = duty?.[slot];
      if (!person) throw new StaffRefused('Nobody is on duty there');
      return person.id;
    };
    const [first, second] = [await of(one), await of(other)];
    await enter(tx, { ...one, person: second }, editor.who);
    await enter(tx, { ...other, person: first }, editor.who);
  });
}

const hourMs = 3_600_000;
/** Longest silence, and longest one that may cover a critical alert. */
const longestMs = 7 * 24 * hourMs;

/** Silences a key or a kind, always with an end and a reason. Beyond an hour it does not cover critical alerts. */
export async function addSilence(
  gate: Sqlite,
  silence: {
    readonly key?: string;
    readonly rule?: string;
    readonly untilMs: number;
    readonly reason: string;
  },
  editor: Editor,
): Promise<void> {
  const { key, rule, untilMs, reason } = silence;
  const { nowMs, who } = editor;
  if ((key === undefined) === (rule === undefined)) throw new StaffRefused('A key or a kind');
  if (!(untilMs > nowMs && untilMs <= nowMs + longestMs)) {
    throw new StaffRefused('A silence ends, within 7 days');
  }
  if (reason.trim().length === 0) throw new StaffRefused('A silence has a reason');
  await changing(gate, editor, 'silence.add', key ?? rule ?? '', async (tx) => {
    await tx.run(
      'INSERT INTO silences (key, rule, from_ms, until_ms, reason, author) VALUES (?, ?, ?, ?, ?, ?)',
      [key ?? null, rule ?? null, nowMs, untilMs, withoutPersons(reason).slice(0, 200), who],
    );
  });
}

export interface Silence {
  readonly id: number;
  readonly key: string | null;
  readonly rule: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly reason: string;
  readonly author: string;
}

/** Silences that run at `nowMs`. */
export async function silencesAt(tx: Tx, nowMs: number): Promise<readonly Silence[]> {
  return tx.all<Silence>(
    `SELECT id, key, rule, from_ms AS fromMs, until_ms AS untilMs, reason, author FROM silences
     WHERE from_ms <= ? AND until_ms > ? ORDER BY until_ms`,
    [nowMs, nowMs],
  );
}

/** Ends a silence before its time. */
export async function endSilence(gate: Sqlite, id: number, editor: Editor): Promise<void> {
  await changing(gate, editor, 'silence.end', String(id), async (tx) => {
    await tx.run('UPDATE silences SET until_ms = ? WHERE id = ? AND until_ms > ?', [
      editor.nowMs,
      id,
      editor.nowMs,
    ]);
  });
}

export interface LadderStep {
  readonly level: 'L1' | Level;
  readonly atMs: number;
  readonly people: readonly Person[];
}

/** "If an alert came now": who would be told, and when. */
export async function previewLadder(
  tx: Tx,
  context: QuietContext,
  alert: Pick<AlertRow, 'severity' | 'rule'>,
  nowMs: number,
): Promise<readonly LadderStep[]> {
  const night = await isQuiet(tx, context, nowMs);
  const morningMs = await quietEnd(tx, context, nowMs);
  const steps: LadderStep[] = [];
  const at = async (level: 'L1' | Level, atMs: number) => {
    steps.push({ level, atMs, people: await recipientsAt(tx, context, alert, level, atMs) });
  };
  if (alert.severity === 'info') return steps;
  await at('L1', alert.severity === 'minor' && night ? morningMs : nowMs);
  for (const [level, after] of ladderOf(alert.severity, night)) {
    if (level === 'resend') continue;
    await at(level, after === 'morning' ? morningMs : nowMs + after);
  }
  return steps;
}

import type { Sqlite } from '../store/sqlite.ts';
import type { Tx } from './alert-row.ts';
import { type Board, type BoardInput, type BoardLine, boardScore, draftBoard } from './board.ts';
import { addDays, atLocal } from './local-time.ts';

/** What is noted of a building for a month's board. */
export const boardMarks = ['told', 'objection', 'settled', 'part'] as const;
export type BoardMark = (typeof boardMarks)[number];

/** A building's figures of a month, without what people note. */
export type BoardFigures = Omit<BoardInput, 'objection' | 'told' | 'tookPart' | 'lastMonthScore'>;

/** Who let a board out. */
export interface Release {
  readonly role: string;
  readonly who: string;
  readonly atMs: number;
}

/** A board that is not out yet, and what stands against it. */
export interface BoardDraft extends Board {
  /** `2026-05`. */
  readonly month: string;
  /** Buildings that would stand in the warning but for a landlord who has to be told, was told less than three days ago, or objects. */
  readonly held: readonly (BoardLine & { readonly why: 'untold' | 'waiting' | 'objection' })[];
  readonly releases: readonly Release[];
  readonly releasedAtMs: number | undefined;
}

/** A step that may not be taken; said to the person as it is. */
export class BoardRefused extends Error {
  override readonly name = 'BoardRefused';
}

interface Row {
  readonly month: string;
  readonly figures: string;
  readonly board: string | null;
  readonly released_ms: number | null;
}
interface MarkRow {
  readonly place: string;
  readonly mark: BoardMark;
  readonly at_ms: number;
}

/** Landlords are told so long before their house stands on a board, ms. */
const noticeMs = 3 * 86_400_000;
/** Different roles that have to let a board out. */
const rolesNeeded = 2;

/** Keeps the figures of a month; they are those of that day and stay so. False where they were there. */
export async function keepFigures(
  gate: Sqlite,
  month: string,
  figures: readonly BoardFigures[],
  nowMs: number,
): Promise<boolean> {
  const { changes } = await gate.run(
    'INSERT OR IGNORE INTO boards (month, figures, made_ms) VALUES (?, ?, ?)',
    [month, JSON.stringify(figures), nowMs],
  );
  return changes > 0;
}

/** The newest month of which there are figures. */
export async function newestMonth(tx: Tx): Promise<string | undefined> {
  const row = await tx.get<{ month: string | null }>('SELECT MAX(month) AS month FROM boards');
  return row?.month ?? undefined;
}

/** The board of a month as it would be let out now. */
export async function boardDraft(tx: Tx, month: string, nowMs: number): Promise<BoardDraft> {
  const row = await rowOf(tx, month);
  const marks = await tx.all<MarkRow>(
    'SELECT place, mark, at_ms FROM board_marks WHERE month = ? ORDER BY id',
    [month],
  );
  const inputs = await inputsOf(tx, row, marks, nowMs);
  const free = inputs.map((input) => ({ ...input, told: true, objection: false }));
  const board = draftBoard(inputs);
  const would = draftBoard(free).warning;
  const shown = new Set(board.warning.map(({ place }) => place));
  const releases = await tx.all<{ role: string; who: string; at_ms: number }>(
    'SELECT role, who, at_ms FROM board_releases WHERE month = ? ORDER BY at_ms',
    [month],
  );
  return {
    month,
    ...board,
    held: would
      .filter(({ place }) => !shown.has(place))
      .map((line) => ({
        ...line,
        why: inputs.find(({ place }) => place === line.place)?.objection
          ? 'objection'
          : marks.some(({ place, mark }) => place === line.place && mark === 'told')
            ? 'waiting'
            : 'untold',
      })),
    releases: releases.map(({ role, who, at_ms: atMs }) => ({ role, who, atMs })),
    releasedAtMs: row.released_ms ?? undefined,
  };
}

async function rowOf(tx: Tx, month: string): Promise<Row> {
  const row = await tx.get<Row>('SELECT * FROM boards WHERE month = ?', [month]);
  if (!row) throw new BoardRefused('这个月没有数据');
  return row;
}

async function inputsOf(
  tx: Tx,
  row: Row,
  marks: readonly MarkRow[],
  nowMs: number,
): Promise<readonly BoardInput[]> {
  const before = await tx.get<Row>('SELECT * FROM boards WHERE month < ? ORDER BY month DESC', [
    row.month,
  ]);
  const last = new Map(
    (before ? figuresOf(before) : []).map((one) => [one.place, boardScore(bare(one))]),
  );
  return figuresOf(row).map((one) => {
    const own = marks.filter(({ place }) => place === one.place);
    const told = own.find(({ mark }) => mark === 'told');
    // The last word counts: an objection that was settled may be raised anew.
    const word = own.findLast(({ mark }) => mark === 'objection' || mark === 'settled');
    return {
      ...one,
      tookPart: own.filter(({ mark }) => mark === 'part').length,
      lastMonthScore: last.get(one.place),
      told: told !== undefined && nowMs - told.at_ms >= noticeMs,
      objection: word?.mark === 'objection',
    };
  });
}

const figuresOf = ({ figures }: Row): readonly BoardFigures[] => JSON.parse(figures);
const bare = (one: BoardFigures): BoardInput => ({
  ...one,
  tookPart: 0,
  lastMonthScore: undefined,
  told: true,
  objection: false,
});

/** Notes something of a building: its landlord was told, objects, is satisfied; it took part. */
export async function markBuilding(
  gate: Sqlite,
  of: { readonly month: string; readonly place: string; readonly mark: BoardMark },
  by: { readonly who: string; readonly nowMs: number },
): Promise<void> {
  await gate.transaction(async (tx) => {
    const row = await rowOf(tx, of.month);
    if (row.released_ms !== null && of.mark !== 'objection' && of.mark !== 'settled')
      throw new BoardRefused('已公布的红黑榜不再改动');
    if (!figuresOf(row).some(({ place }) => place === of.place))
      throw new BoardRefused('没有这栋楼');
    await tx.run(
      'INSERT INTO board_marks (month, place, mark, at_ms, who) VALUES (?, ?, ?, ?, ?)',
      [of.month, of.place, of.mark, by.nowMs, by.who],
    );
  });
}

/** One role lets the board out; with the second it is out, as it stands at that moment. */
export async function releaseBoard(
  gate: Sqlite,
  month: string,
  by: { readonly who: string; readonly role: string; readonly nowMs: number },
): Promise<BoardDraft> {
  return gate.transaction(async (tx) => {
    const row = await rowOf(tx, month);
    if (row.released_ms !== null) throw new BoardRefused('已经公布');
    const known = await tx.all<{ role: string; who: string }>(
      'SELECT role, who FROM board_releases WHERE month = ?',
      [month],
    );
    if (known.some(({ role, who }) => role === by.role || who === by.who))
      throw new BoardRefused('须由另一角色的另一人放行');
    await tx.run('INSERT INTO board_releases (month, role, who, at_ms) VALUES (?, ?, ?, ?)', [
      month,
      by.role,
      by.who,
      by.nowMs,
    ]);
    if (known.length + 1 >= rolesNeeded) {
      const { honour, warning, notRated } = await boardDraft(tx, month, by.nowMs);
      const board: Board = { honour, warning, notRated };
      await tx.run('UPDATE boards SET board = ?, released_ms = ? WHERE month = ?', [
        JSON.stringify(board),
        by.nowMs,
        month,
      ]);
    }
    return boardDraft(tx, month, by.nowMs);
  });
}

/** The board that is out now; a warning goes when its cases are closed or somebody objects, and all of it at the end of the next month. */
export async function publishedBoard(
  tx: Tx,
  nowMs: number,
  zone: string,
): Promise<(Pick<Board, 'honour' | 'warning'> & { readonly month: string }) | null> {
  const row = await tx.get<Row>(
    'SELECT * FROM boards WHERE released_ms IS NOT NULL ORDER BY month DESC LIMIT 1',
  );
  if (!row?.board) return null;
  const nextMonth = addDays(`${row.month}-01`, 31).slice(0, 7);
  const endDay = `${addDays(`${nextMonth}-01`, 31).slice(0, 7)}-01`;
  if (nowMs >= atLocal(endDay, 0, zone)) return null;
  const { honour, warning } = JSON.parse(row.board) as Board;
  const open = new Set(
    (
      await tx.all<{ place: string }>(
        "SELECT DISTINCT place FROM cases WHERE state NOT IN ('closed', 'rejected', 'suspected')",
      )
    ).map(({ place }) => place),
  );
  const objects = new Set((await boardObjections(tx, row.month)).map((place) => place));
  return {
    month: row.month,
    honour,
    warning: warning.filter(({ place }) => open.has(place) && !objects.has(place)),
  };
}

async function boardObjections(tx: Tx, month: string): Promise<readonly string[]> {
  const marks = await tx.all<MarkRow>(
    "SELECT place, mark, at_ms FROM board_marks WHERE month = ? AND mark IN ('objection', 'settled') ORDER BY id",
    [month],
  );
  const last = new Map(marks.map(({ place, mark }) => [place, mark]));
  return [...last].flatMap(([place, mark]) => (mark === 'objection' ? [place] : []));
}

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { boardPage } from '../desk/board-page.ts';
import {
  BoardRefused,
  boardDraft,
  boardMarks,
  markBuilding,
  newestMonth,
  publishedBoard,
  releaseBoard,
} from '../desk/boards.ts';
import { type Guard, Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { may } from './roles.ts';
import { printedPolicy } from './security.ts';
import type { Trail } from './trail.ts';

const Month = z.object({ month: z.string().regex(/^\d{4}-\d{2}$/) });
const Mark = z.strictObject({ place: z.string().min(1).max(20), mark: z.enum(boardMarks) });

/** The red and black board: a draft that two roles let out, and the one that hangs. Houses by number, nobody else. */
export function boardRoutes(
  api: FastifyInstance,
  { gate, clock, config }: ConsoleParts,
  guard: Guard,
  trail: Trail,
): void {
  const zone = config.site.timeZone;
  const refusable = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof BoardRefused)) throw error;
      throw new Refusal(409, 'BOARD', error.message, 'Not possible with this board');
    }
  };

  api.get('/board', { preHandler: guard.needs('boards.read') }, async (request) => {
    const { role } = guard.account(request);
    const nowMs = clock.nowMs();
    const month = await newestMonth(gate);
    return {
      draft: month === undefined ? null : await boardDraft(gate, month, nowMs),
      published: await publishedBoard(gate, nowMs, zone),
      mayMark: may(role, 'boards.mark'),
      mayRelease: may(role, 'boards.release'),
    };
  });

  // What hangs on the wall: only the board that is out now; old ones are not to be found.
  api.get('/board/page', { preHandler: guard.needs('boards.read') }, async (request, reply) => {
    const board = await publishedBoard(gate, clock.nowMs(), zone);
    if (!board) throw new Refusal(404, 'NO_BOARD', '没有公布中的红黑榜', 'No board is out');
    const { html } = boardPage(config.site.name, board.month, board);
    await trail.note(guard.account(request), 'export', `board ${board.month}`);
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', printedPolicy(html))
      .send(html);
  });

  api.post('/board/:month/marks', { preHandler: guard.needs('boards.mark') }, async (request) => {
    const { month } = Month.parse(request.params);
    const { place, mark } = Mark.parse(request.body);
    const account = guard.account(request);
    const nowMs = clock.nowMs();
    await refusable(() => markBuilding(gate, { month, place, mark }, { who: account.name, nowMs }));
    await trail.note(account, `board.${mark}`, `${month} ${place}`);
    return boardDraft(gate, month, nowMs);
  });

  api.post(
    '/board/:month/release',
    { preHandler: guard.needs('boards.release') },
    async (request) => {
      const { month } = Month.parse(request.params);
      const { name: who, role } = guard.account(request);
      const nowMs = clock.nowMs();
      const draft = await refusable(() => releaseBoard(gate, month, { who, role, nowMs }));
      await trail.note({ name: who, role }, 'board.release', month);
      return draft;
    },
  );
}

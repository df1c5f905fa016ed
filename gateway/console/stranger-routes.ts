import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Migration } from '../store/sqlite.ts';
import type { Guard } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { may } from './roles.ts';
import type { Trail } from './trail.ts';

export const strangerMigrations: readonly Migration[] = [
  {
    room: 'stranger',
    version: 1,
    sql: `CREATE TABLE refused_stranger (
      name TEXT PRIMARY KEY,
      at_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
  },
];

/** Names that were refused and are kept; the oldest is forgotten, and is then listed again. */
export const maxRefused = 500;
const Name = z.object({ name: z.string().min(1).max(64) });
const Answer = z.strictObject({ refused: z.boolean() });

/** Who knocks without being known: the line for gateway.yaml that lets it in, or a no that is remembered. */
export function strangerRoutes(
  api: FastifyInstance,
  { gate, clock, strangers }: Pick<ConsoleParts, 'gate' | 'clock' | 'strangers'>,
  guard: Guard,
  trail: Trail,
): void {
  api.get('/strangers', { preHandler: guard.needs('devices.read') }, async (request) => {
    const refused = new Set(
      (await gate.all<{ name: string }>('SELECT name FROM refused_stranger')).map(
        ({ name }) => name,
      ),
    );
    return {
      nowMs: clock.nowMs(),
      mayAdopt: may(guard.account(request).role, 'devices.adopt'),
      strangers: strangers().map((one) => ({
        ...one,
        refused: refused.has(one.name),
        line: lineFor(one.name, one.guesses?.[0]),
      })),
    };
  });

  api.post('/strangers/:name', { preHandler: guard.needs('devices.adopt') }, async (request) => {
    const { name } = Name.parse(request.params);
    const { refused } = Answer.parse(request.body);
    await trail.note(guard.account(request), refused ? 'stranger.refuse' : 'stranger.list', name);
    await gate.transaction(async (tx) => {
      if (!refused) {
        await tx.run('DELETE FROM refused_stranger WHERE name = ?', [name]);
        return;
      }
      await tx.run('INSERT OR REPLACE INTO refused_stranger (name, at_ms) VALUES (?, ?)', [
        name,
        clock.nowMs(),
      ]);
      await tx.run(
        `DELETE FROM refused_stranger WHERE name NOT IN (
          SELECT name FROM refused_stranger ORDER BY at_ms DESC LIMIT ?)`,
        [maxRefused],
      );
    });
    return { name, refused };
  });
}

/** What gateway.yaml wants under `devices:`. A name that is none is left to the person. */
function lineFor(name: string, driver: string | undefined): string {
  const id = /^[A-Za-z0-9][\w.-]{0,63}$/.test(name) ? name : 'NAME';
  return `- { id: ${id}, driver: ${driver ?? 'DRIVER'}, point: POINT }`;
}

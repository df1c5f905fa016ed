import type { Keys } from '../privacy/keys.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { sealPassage } from './events.ts';

/** Rows in one transaction: so long others may have to wait. */
const rowsPerStep = 200;

interface Row {
  readonly id: number;
  readonly device: string;
  readonly identity: string;
  readonly body: string;
}

/** Seals what an earlier version wrote in clear, a few rows at a time (PR-10). Returns how many it were. */
export async function sealOldPassages(gate: Sqlite, keys: Keys): Promise<number> {
  let [last, n] = [0, 0];
  for (;;) {
    const rows = await gate.all<Row>(
      `SELECT id, device, identity, body FROM event WHERE kind = 'passage' AND id > ? AND body LIKE '{%'
       ORDER BY id LIMIT ${rowsPerStep}`,
      [last],
    );
    const [end] = rows.slice(-1);
    if (!end) return n;
    last = end.id;
    await gate.transaction(async (tx) => {
      for (const row of rows) {
        const { device, identity, body } = sealPassage(row, keys);
        // What a device has sent again meanwhile is there already, sealed: the old one goes.
        const { changes } = await tx.run(
          'UPDATE OR IGNORE event SET device = ?, identity = ?, body = ? WHERE id = ? AND body = ?',
          [device, identity, body, row.id, row.body],
        );
        if (changes === 0)
          await tx.run('DELETE FROM event WHERE id = ? AND body = ?', [row.id, row.body]);
      }
    });
    n += rows.length;
  }
}

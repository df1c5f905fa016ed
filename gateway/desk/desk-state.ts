import type { Tx } from './alert-row.ts';

/** A remembered word of the desk, such as the applied sequence; undefined when never set. */
export async function remembered(tx: Tx, name: string): Promise<string | undefined> {
  const row = await tx.get<{ value: string }>('SELECT value FROM desk_state WHERE name = ?', [
    name,
  ]);
  return row?.value;
}

/** Remembers a word until the next one of that name. */
export async function remember(tx: Tx, name: string, value: string | number): Promise<void> {
  await tx.run(
    'INSERT INTO desk_state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    [name, String(value)],
  );
}

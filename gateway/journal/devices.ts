import type { Sqlite } from '../store/sqlite.ts';

/** The journal's dictionary: blobs hold numbers where readings hold names. */
export interface Devices {
  /** Makes sure that every one has a number on the disk. */
  add(devices: ReadonlySet<string>): Promise<void>;
  /** Throws for a device that was not added. */
  numberOf(device: string): number;
  nameOf(number: number): string;
  /** Undefined for a device that never said anything. */
  find(device: string): number | undefined;
  /** Reads the dictionary again: another process may have written it. */
  reload(): Promise<void>;
}

export async function openDevices(db: Sqlite): Promise<Devices> {
  const numbers = new Map<string, number>();
  const names = new Map<number, string>();
  const know = (number: number, name: string) => {
    numbers.set(name, number);
    names.set(number, name);
  };
  const reload = async () => {
    const rows = await db.all<{ number: number; name: string }>('SELECT number, name FROM device');
    for (const { number, name } of rows) know(number, name);
  };
  await reload();
  return {
    reload,
    async add(devices) {
      const fresh = [...devices].filter((device) => !numbers.has(device));
      if (fresh.length === 0) return;
      // One flush for all: a whole village that speaks for the first time would wait for one each.
      const added = await db.transaction(async (tx) => {
        const rows: Array<readonly [number: number, name: string]> = [];
        for (const name of fresh) {
          const { lastId } = await tx.run('INSERT INTO device (name) VALUES (?)', [name]);
          rows.push([lastId, name]);
        }
        return rows;
      });
      for (const [number, name] of added) know(number, name);
    },
    numberOf(device) {
      const number = numbers.get(device);
      if (number === undefined) throw new Error(`The device ${device} has no number`);
      return number;
    },
    nameOf: (number) => names.get(number) ?? `device-${number}`,
    find: (device) => numbers.get(device),
  };
}

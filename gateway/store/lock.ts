import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../errors.ts';

const held = new Set<string>();

/** Makes sure that one process alone writes to a data directory. The lock of a dead process is taken over. */
export function lockDirectory(dataDir: string): () => void {
  const file = join(dataDir, 'gatehouse.lock');
  for (let attempt = 0; ; attempt += 1) {
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
      held.add(file);
      return () => {
        held.delete(file);
        rmSync(file, { force: true });
      };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 2) {
        throw new GatewayError(
          'STORE_REFUSED',
          `Cannot lock ${dataDir}: ${(cause as Error).message}`,
          { cause },
        );
      }
      const owner = Number(readFileSync(file, 'utf8'));
      if (alive(owner, file))
        throw new GatewayError('STORE_LOCKED', `Process ${owner} uses ${dataDir}`);
      rmSync(file, { force: true });
    }
  }
}

/** A number of a process is used again after a restart of the box: it must also be a program like us. */
function alive(pid: number, file: string): boolean {
  if (pid === process.pid) return held.has(file);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return /node|gatehouse/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'));
  } catch {
    return false;
  }
}

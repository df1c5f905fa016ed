/** What only a running box knows of a device; taken from its metrics, which need no log-in. */
export interface LiveFigures {
  /** Messages a minute, lately. */
  readonly perMinute?: number;
  /** When it last sent anything at all, ms. */
  readonly lastMs?: number;
  readonly skewMs?: number;
  /** Messages that could not be read since the start. */
  readonly rejected?: number;
  /** Members of messages about persons that were let go since the start. */
  readonly dropped?: number;
}

const patienceMs = 3000;
const line = /^gatehouse_device\{device="((?:[^"\\]|\\.)*)",what="(\w+)"\} (\S+)$/;

/** Asks the box that runs at this address (`console.listen`); null where none answers. */
export async function askRunning(listen: string): Promise<ReadonlyMap<string, LiveFigures> | null> {
  try {
    const url = `http://${reachable(listen)}/metrics`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    const text = await answer.text();
    // Another program may sit on that port.
    return answer.ok && text.includes('gatehouse_journal_healthy') ? liveFigures(text) : null;
  } catch {
    // It is off, or elsewhere: the store still tells its part.
    return null;
  }
}

/** Who listens on every address is asked on its own. */
const reachable = (listen: string): string => listen.replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:');

/** `gatehouse_device{device="cam-1",what="perMinute"} 2`, by device. */
export function liveFigures(text: string): ReadonlyMap<string, LiveFigures> {
  const found = new Map<string, Record<string, number>>();
  for (const one of text.split('\n')) {
    const [, device, what, value] = line.exec(one) ?? [];
    if (device === undefined || what === undefined) continue;
    found.set(device, { ...found.get(device), [what]: Number(value) });
  }
  return found;
}

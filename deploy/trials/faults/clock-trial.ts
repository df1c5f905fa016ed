import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from './trials.ts';
import { dial, exported, startBox, type WholeBox } from './whole-box.ts';

export interface ClockParts {
  /** dist/gateway/main.js: the whole gateway is tried. */
  readonly main: string;
  /** The library of wall-clock.c. */
  readonly wallClock: string;
  /** How long it runs after each step, ms. */
  readonly stayMs: number;
  /** The longest that an answer may take, ms: a loop that is blocked answers nobody. */
  readonly answerMs: number;
  readonly told?: (text: string) => void;
}

const dayMs = 86_400_000;
const meters = Array.from({ length: 12 }, (_, i) => `m${i}`);
const everyMs = 50;
/** What may be told here: that the clock jumped, and that the box was off, for between two lives it was. */
const toldOf = new Set(['system.clock', 'system.restart']);
const yaml = `
site: { name: 杜巷小区 }
dataDir: ./data
broker: { listen: "127.0.0.1:0", anonymous: true }
console: { listen: "127.0.0.1:0" }
journal: { windowMs: 2, reserveMb: 1 }
log: { level: error }
points: [${meters.map((id) => `{ id: b-${id}, kind: building, limits: { contractA: 40 } }`).join(', ')}]
devices: [${meters.map((id) => `{ id: ${id}, driver: native, point: b-${id}, intervalS: 2 }`).join(', ')}]
`;

/**
 * The wall clock of the whole gateway jumps while meters speak: by months both ways, by an hour, to 1970 and back,
 * at work and at the start. Nobody waits for an answer, nothing is lost, and no alert comes of it but the clock's own (and that the box was off, between two lives).
 */
export async function clockTrial(parts: ClockParts): Promise<Result & { slowestMs: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-clock-'));
  const clockFile = join(folder, 'moved');
  writeFileSync(clockFile, Buffer.alloc(8));
  const config = join(folder, 'gateway.yaml');
  writeFileSync(config, yaml);
  const now = Date.now();
  /** What the wall clock of one life shows against the true one, one after the other, ms. */
  const lives: readonly (readonly number[])[] = [
    [0, 150 * dayMs, 0, -150 * dayMs, 0, -3_600_000, 3_600_000, 0],
    [-now + 60_000, 0],
    [150 * dayMs, 0],
    [0],
  ];
  const wrong: string[] = [];
  const acknowledged = new Set<number>();
  let [slowestMs, startMs, rounds, next] = [0, 0, 0, 1];
  let box: WholeBox | undefined;
  try {
    for (const [life, offsets] of lives.entries()) {
      setClock(clockFile, offsets[0] ?? 0);
      const beganMs = performance.now();
      const env = { LD_PRELOAD: parts.wallClock, CLOCK_FILE: clockFile };
      box = await startBox({ main: parts.main, config, env });
      const { url } = box;
      startMs = Math.max(startMs, performance.now() - beganMs);
      const clients = await Promise.all(meters.map((clientId) => dial(url, clientId)));
      const waiting = new Set<number>();
      const speak = setInterval(() => {
        for (const [i, client] of clients.entries()) {
          const number = next;
          next += 1;
          const sentMs = performance.now();
          waiting.add(number);
          // No time of its own: the box gives the reading its own.
          const body = JSON.stringify({ powerW: number, phases: [{ currentA: 5 }] });
          client.publish(`gatehouse/v1/m${i}/power`, body, { qos: 1 }, (error) => {
            waiting.delete(number);
            if (error) return;
            acknowledged.add(number);
            slowestMs = Math.max(slowestMs, performance.now() - sentMs);
          });
        }
      }, everyMs);
      for (const offset of offsets) {
        setClock(clockFile, offset);
        rounds += 1;
        parts.told?.(`clock: life ${life + 1}, ${Math.round(offset / 3_600_000)} h`);
        await sleep(parts.stayMs);
      }
      clearInterval(speak);
      for (let left = 100; waiting.size > 0 && left > 0; left -= 1) await sleep(50);
      if (waiting.size > 0) wrong.push(`life ${life + 1}: ${waiting.size} were never answered`);
      await Promise.all(clients.map((client) => client.endAsync(true)));
      const code = await box.end('SIGTERM');
      if (code !== 0) wrong.push(`life ${life + 1}: exit ${code}`);
    }
    if (slowestMs > parts.answerMs) {
      wrong.push(`an answer took ${Math.round(slowestMs)} ms, ${parts.answerMs} are allowed`);
    }
    const data = join(folder, 'data');
    const readings = exported(parts.main, data, 'power');
    const times = readings.map(({ atMs }) => Number(atMs));
    if (Math.max(...times) - Math.min(...times) < 300 * dayMs) wrong.push('the clock did not move');
    const stored = readings.map(({ powerW }) => Number(powerW));
    const there = new Set(stored);
    for (const { rule } of exported(parts.main, data, 'alert')) {
      if (!toldOf.has(String(rule))) wrong.push(`an alert of ${String(rule)}`);
    }
    return {
      trial: 'clock steps',
      rounds,
      acknowledged: acknowledged.size,
      lost: [...acknowledged].filter((number) => !there.has(number)).length,
      doubled: stored.length - there.size,
      startMs: Math.round(startMs),
      slowestMs: Math.round(slowestMs),
      wrong,
    };
  } finally {
    await box?.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function setClock(file: string, ms: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(Math.round(ms)));
  writeFileSync(file, bytes, { flag: 'r+' });
}

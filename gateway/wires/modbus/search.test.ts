import { afterEach, expect, test } from 'vitest';
import { ptyEnd } from '../../../simulators/bus/end.ts';
import { findUnits } from './search.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** CRC-16 of Modbus, low byte first. */
function withCrc(bytes: readonly number[]): Uint8Array {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return Uint8Array.from([...bytes, crc & 0xff, crc >> 8]);
}

/** A serial line on which every question, eight bytes, gets what `answer` says. */
async function lineOf(answer: (unitId: number, code: number) => Uint8Array | null) {
  const end = await ptyEnd();
  undo.push(end.stop);
  let held: number[] = [];
  end.onBytes((bytes) => {
    held.push(...bytes);
    while (held.length >= 8) {
      const [unitId = 0, code = 0] = held;
      held = held.slice(8);
      const said = answer(unitId, code);
      if (said) end.write(said);
    }
  });
  return { path: end.where, baudRate: 9600, parity: 'none', stopBits: 1 } as const;
}

test('units on a serial line are found: by an answer, by a refusal, by the other kind of register', async () => {
  const place = await lineOf((unitId, code) => {
    if (unitId === 2) return withCrc([2, code, 2, 0, 42]);
    if (unitId === 4) return withCrc([4, code | 0x80, 2]);
    if (unitId === 5 && code === 4) return withCrc([5, 4, 2, 0, 1]);
    return null;
  });
  const heard: number[] = [];
  const steps: number[] = [];
  const result = await findUnits(place, {
    from: 1,
    to: 6,
    timeoutMs: 150,
    onFound: (unitId) => heard.push(unitId),
    onStep: (done, total) => steps.push(done / total),
  });
  expect(result).toEqual({ units: [2, 4, 5], unread: false });
  expect(heard).toEqual([2, 4, 5]);
  expect(steps.at(-1)).toBe(1);
});

test('garbage is told as such, and the units after it are still found', async () => {
  const place = await lineOf((unitId, code) => {
    if (unitId === 1) return Uint8Array.of(1, code, 2, 9, 9, 9, 9);
    return unitId === 2 ? withCrc([2, code, 2, 0, 42]) : null;
  });
  const result = await findUnits(place, { from: 1, to: 2, timeoutMs: 150 });
  expect(result).toEqual({ units: [2], unread: true });
});

test('a port that is not there is told', async () => {
  const place = { path: '/dev/no-such-port', baudRate: 9600, parity: 'none', stopBits: 1 } as const;
  await expect(findUnits(place, { from: 1, to: 2, timeoutMs: 50 })).rejects.toThrow(/no-such-port/);
});

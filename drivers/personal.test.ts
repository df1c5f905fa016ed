import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Arrival, Driver, Memory, Message } from './driver.ts';
import { drivers } from './index.ts';
import { canary, canaryMark, sensitiveFields, withCanaries } from './trial-persons.ts';

/*
 * PR-01, PR-03, PR-06: canaries are planted in every field that says something about a person; none may come out of a
 * driver, by whatever door: readings, errors with their stacks, memory, answers.
 */

const faces = new URL('samples/face/', import.meta.url);
const arrival: Arrival = { device: 'd-1', atMs: 1773618130500, lane: 'l-1', direction: 'in' };
const mark = canaryMark;
const stripped = readdirSync(faces).filter((name) => name.startsWith('strip-list-'));
const sensitive = sensitiveFields(
  stripped.map((name): unknown => JSON.parse(readFileSync(new URL(name, faces), 'utf8'))),
);

const about = drivers.filter(
  ({ personal, id }) => personal || ['hikvision', 'dahua', 'gat1400', 'frigate'].includes(id),
);

interface Template {
  readonly driver: Driver;
  readonly message: Message;
  readonly options: unknown;
}

const templates: readonly Template[] = about.flatMap((driver) =>
  driver.samples.map(({ file, text, topic, contentType, options }) => ({
    driver,
    options: driver.options.parse(options ?? {}),
    message: {
      body: file
        ? readFileSync(new URL(`samples/${file}`, import.meta.url))
        : new TextEncoder().encode(text ?? ''),
      ...(topic === undefined ? {} : { topic }),
      ...(contentType === undefined ? {} : { contentType }),
      method: 'POST',
    },
  })),
);

const value = fc.oneof(
  fc.nat(1e6).map((n) => `${canary}-${n}`),
  fc.nat(1e6).map((n) => `${canary}${n}`.padEnd(400, 'A')),
  fc.nat(1e6).map((n) => [`${canary}-${n}`]),
  fc.nat(1e6).map((n) => ({ [`${canary}-${n}`]: `${canary}-${n}` })),
);
const planted = fc.record({
  template: fc.constantFrom(...templates),
  fields: fc.array(fc.tuple(fc.constantFrom(...sensitive), value), { minLength: 1, maxLength: 12 }),
  where: fc.nat(5),
  cut: fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  ),
  child: fc.boolean(),
});

/** All that comes out of a driver for one message, as text. */
function everything({ driver, message, options }: Template, body: Uint8Array): string {
  const memory: Memory = {};
  const out: unknown[] = [];
  const run = (call: () => unknown) => {
    try {
      out.push(call());
    } catch (error) {
      out.push(String(error), (error as Error).stack, { ...(error as Error) });
    }
  };
  const said = { ...message, body };
  run(() => driver.decode(said, options, arrival, memory));
  run(() => Buffer.from(driver.reply?.(said, options, arrival)?.body ?? []).toString('utf8'));
  run(() => driver.answer?.(said, options) ?? null);
  return JSON.stringify([out, memory]);
}

test('of 10,000 generated messages with canaries about persons no canary comes out of a driver', {
  timeout: 180_000,
}, () => {
  let messages = 0;
  let carried = 0;
  let readings = 0;
  fc.assert(
    fc.property(planted, (one) => {
      const whole = withCanaries(one.template.message.body, one);
      const body = one.cut === undefined ? whole : whole.subarray(0, whole.length * one.cut);
      messages += 1;
      if (mark.test(Buffer.from(body).toString('latin1'))) carried += 1;
      const out = everything(one.template, body);
      if (out.includes('"kind":"passage"')) readings += 1;
      expect(out).not.toMatch(mark);
    }),
    { numRuns: 13_000 },
  );
  console.info(`${messages} messages, canaries in ${carried}, passages in ${readings}, 0 came out`);
  // The test would be worth nothing if hardly anything had been planted or read.
  expect(carried).toBeGreaterThan(10_000);
  expect(readings).toBeGreaterThan(2500);
});

/** Every value replaced by a canary of its own, the names kept. */
const allCanaries = (source: unknown, n = { next: 0 }): unknown => {
  if (Array.isArray(source)) return source.map((item) => allCanaries(item, n));
  if (typeof source === 'object' && source !== null) {
    return Object.fromEntries(
      Object.entries(source).map(([key, inner]) => [key, allCanaries(inner, n)]),
    );
  }
  n.next += 1;
  return `${canary}-${n.next}`;
};

for (const name of stripped) {
  test(`nothing of ${name} comes out of any driver, whatever it is given as`, () => {
    const source: unknown = JSON.parse(readFileSync(new URL(name, faces), 'utf8'));
    const body = new TextEncoder().encode(JSON.stringify(allCanaries(source)));
    for (const driver of drivers) {
      const options = driver.options.safeParse({});
      if (!options.success) continue;
      for (const topic of ['/VIID/Faces', '/VIID/MotorVehicles', 'mqtt/face/d-1/Rec', undefined]) {
        const message = { body, ...(topic === undefined ? {} : { topic }) };
        const out = everything({ driver, message, options: options.data }, body);
        expect(out, driver.id).not.toMatch(mark);
        expect(out, driver.id).not.toContain('"kind"');
      }
    }
  });
}

test('what is let go of a person is counted for each device', () => {
  for (const driver of about.filter(({ personal }) => personal)) {
    const memory: Memory = {};
    for (const { driver: of, message, options } of templates) {
      if (of !== driver) continue;
      try {
        driver.decode(message, options, arrival, memory);
      } catch {
        // A sample that is refused.
      }
    }
    expect(memory.dropped, driver.id).toBeGreaterThan(0);
  }
});

test('of a child every driver of persons keeps a count and nothing else', () => {
  for (const driver of about.filter(({ personal }) => personal)) {
    for (const { driver: of, message, options } of templates) {
      const text = Buffer.from(message.body).toString('utf8');
      if (of !== driver || !/^\s*\{/.test(text)) continue;
      let json: Record<string, unknown>;
      try {
        json = JSON.parse(text);
      } catch {
        continue;
      }
      for (const flag of [{ isMinor: true }, { ageGroup: 'child' }, { faceInfo: { age: 9 } }]) {
        const memory: Memory = {};
        const body = new TextEncoder().encode(JSON.stringify({ ...json, ...flag }));
        expect(driver.decode({ ...message, body }, options, arrival, memory), driver.id).toEqual(
          [],
        );
        expect(memory, driver.id).toEqual({ minors: 1 });
      }
    }
  }
});

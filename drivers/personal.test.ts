import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Arrival, Driver, Memory, Message } from './driver.ts';
import { drivers } from './index.ts';

/*
 * PR-01, PR-03, PR-06: canaries are planted in every field that says something about a person; none may come out of a
 * driver, by whatever door: readings, errors with their stacks, memory, answers.
 */

const faces = new URL('samples/face/', import.meta.url);
const arrival: Arrival = { device: 'd-1', atMs: 1773618130500, lane: 'l-1', direction: 'in' };
const canary = 'CaNaRy';
const mark = new RegExp(canary, 'i');

/** Names of fields that devices use for persons, beside all of the strip lists. */
const stripped = readdirSync(faces).filter((name) => name.startsWith('strip-list-'));
const keysOf = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
const wireNames = new Set(['DeviceID', 'FaceListObject', 'FaceObject', 'PersonInfoListObject']);
const sensitive = [
  ...new Set([
    ...stripped.flatMap((name) => keysOf(JSON.parse(readFileSync(new URL(name, faces), 'utf8')))),
    ...'name personName persionName Name CardName cardName customId CustomizeID personId PersonID PersonUUID UserID'.split(
      ' ',
    ),
    ...'employeeNoString pin cardno CardNo MjCardNo idCard IdCard telnum Telnum telnum1 Nation nation Gender sex'.split(
      ' ',
    ),
    ...'birthday Birthday Native Address address Notes similarity1 Similarity1 confidence isNoMask mask helmet'.split(
      ' ',
    ),
    ...'temperature temperatur pic scene SanpPic image base64 feature features embedding template Tmp data path'.split(
      ' ',
    ),
    ...'filename closeup_pic overall_pic match person RiderList FacePic emotion glasses beard hair clothing'.split(
      ' ',
    ),
    ...'targetPosInScene facesname username ImageInfo attributes faceAttributes'.split(' '),
  ]),
].filter((name) => !wireNames.has(name) && name !== 'match');

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
type Planted = typeof planted extends fc.Arbitrary<infer T> ? T : never;

/** Every object of a JSON value, the outermost first. */
const objectsOf = (source: unknown): Record<string, unknown>[] => {
  if (typeof source !== 'object' || source === null) return [];
  const inner = Object.values(source).flatMap(objectsOf);
  return Array.isArray(source) ? inner : [source as Record<string, unknown>, ...inner];
};

function withCanaries({ template, fields, where, child }: Planted): Uint8Array {
  const text = Buffer.from(template.message.body).toString('utf8');
  const start = text.search(/[{]/);
  const end = text.lastIndexOf('}');
  if (/^\s*\{|event_log|data=\{/.test(text) && start >= 0 && end > start) {
    try {
      const json: unknown = JSON.parse(text.slice(start, end + 1));
      const all = objectsOf(json);
      // Where the device has such a field already, it is overwritten; the rest goes anywhere.
      for (const [key, planting] of fields) {
        for (const one of all) if (Object.hasOwn(one, key)) one[key] = planting;
        const target = all[where % all.length];
        if (target) target[key] = planting;
      }
      if (child && where === 0 && all[0]) all[0].isMinor = true;
      return Buffer.from(text.slice(0, start) + JSON.stringify(json) + text.slice(end + 1));
    } catch {
      // No JSON in it after all: planted as text below.
    }
  }
  const flat = fields.map(([key, planting]) => [key, JSON.stringify(planting)] as const);
  if (text.includes('\t')) {
    const more = flat.map(([key, planting]) => `${key}=${planting}`).join('\t');
    return Buffer.from(
      `${text
        .replace(/pin=\d+/g, `pin=${canary}-1`)
        .replace(/^\d+\t/gm, `${canary}-2\t`)
        .trimEnd()}\t${more}\n`,
    );
  }
  if (text.includes('<')) {
    const more = flat.map(([key, planting]) => `<${key}>${planting.replace(/[<&]/g, '')}</${key}>`);
    return Buffer.from(text.replace('</EventNotificationAlert>', `${more.join('')}$&`));
  }
  const pairs = flat.map(([key, planting]) => `${key}=${encodeURIComponent(planting)}`);
  return Buffer.from(`${text}&${pairs.join('&')}`);
}

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
      const whole = withCanaries(one);
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

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBodyFilter } from './body-filter.ts';
import { maxFieldBytes } from './filter.ts';

const maxBytes = 100_000;

/** The body in pieces of these lengths, in turn. */
function inPieces(body: Uint8Array, lengths: readonly number[]): Buffer[] {
  const whole = Buffer.from(body);
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < whole.length; n += 1) {
    const length = lengths[n % lengths.length] ?? whole.length;
    pieces.push(whole.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

function filtered(type: string | undefined, pieces: readonly Buffer[], limit = maxBytes) {
  const filter = createBodyFilter(type, limit);
  let most = 0;
  for (const piece of pieces) {
    filter.push(piece);
    most = Math.max(most, filter.held());
  }
  return { body: filter.body(), most };
}

const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
const picture = fc.integer({ min: 0, max: 3 * maxFieldBytes }).map((n) => 'A'.repeat(n));
/** Texts with everything that may stand in one. */
const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '沪', 'x'), maxLength: 40 }),
  picture,
);

/** The value with every long text emptied. */
function emptied(value: unknown): unknown {
  if (typeof value === 'string') {
    return Buffer.byteLength(JSON.stringify(value)) - 2 > maxFieldBytes ? '' : value;
  }
  if (Array.isArray(value)) return value.map(emptied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, emptied(one)]));
}

test('of JSON, however it is cut, the long texts are emptied and everything else stays', () => {
  const value = fc.record({
    plate: text,
    list: fc.array(fc.oneof(text, fc.double({ noNaN: true }), fc.boolean()), { maxLength: 5 }),
    nested: fc.record({ picture, more: text }),
  });
  fc.assert(
    fc.property(value, cuts, fc.boolean(), (said, lengths, pretty) => {
      const body = Buffer.from(JSON.stringify(said, null, pretty ? 1 : undefined));
      const { body: left } = filtered('text/plain', inPieces(body, lengths));
      expect(JSON.parse(left.toString())).toEqual(emptied(JSON.parse(body.toString())));
    }),
    { numRuns: 300 },
  );
});

test('of a form, however it is cut, the long values are emptied and everything else stays', () => {
  const pairs = fc.array(fc.tuple(fc.stringMatching(/^[a-z_]{1,12}$/), text), { minLength: 1 });
  fc.assert(
    fc.property(pairs, cuts, (said, lengths) => {
      const encoded = said.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
      const expected = said.map(([name, value]) => {
        const long = encodeURIComponent(value).length > maxFieldBytes;
        return `${name}=${long ? '' : encodeURIComponent(value)}`;
      });
      const pieces = inPieces(Buffer.from(encoded.join('&')), lengths);
      const { body } = filtered('application/x-www-form-urlencoded', pieces);
      expect(body.toString()).toBe(expected.join('&'));
    }),
    { numRuns: 200 },
  );
});

test('of multipart, however it is cut, pictures are let go and texts stay, byte for byte', () => {
  const part = fc.record({
    isPicture: fc.boolean(),
    bytes: fc.uint8Array({ maxLength: 3000 }),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), cuts, (parts, lengths) => {
      const boundary = 'a-boundary-of-some-length';
      // A real boundary never stands in a part.
      fc.pre(parts.every(({ bytes }) => !Buffer.from(bytes).includes(boundary)));
      const write = (kept: boolean) =>
        Buffer.concat([
          ...parts.flatMap(({ isPicture, bytes }) => [
            Buffer.from(
              `--${boundary}\r\nContent-Type: ${isPicture ? 'image/jpeg' : 'application/xml'}\r\n\r\n`,
            ),
            isPicture && kept ? Buffer.alloc(0) : Buffer.from(bytes),
            Buffer.from('\r\n'),
          ]),
          Buffer.from(`--${boundary}--\r\n`),
        ]);
      const { body } = filtered(
        `multipart/form-data; boundary=${boundary}`,
        inPieces(write(false), lengths),
      );
      expect(body.equals(write(true))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('a multipart body whose content type does not say so is read the same', () => {
  const body = Buffer.from(
    `--xyz\r\nContent-Type: text/plain\r\n\r\nhello\r\n--xyz\r\nContent-Type: image/jpeg\r\n\r\n${'J'.repeat(5000)}\r\n--xyz--\r\n`,
  );
  const { body: left } = filtered(undefined, [body]);
  expect(left.toString()).toContain('hello');
  expect(left.length).toBeLessThan(200);
});

test('a picture of 8 MB is never held, wherever it stands', () => {
  const long = Buffer.alloc(8_000_000, 'A');
  const bodies: ReadonlyArray<readonly [string, Buffer]> = [
    ['application/json', Buffer.concat([Buffer.from('{"a":"'), long, Buffer.from('"}')])],
    ['application/x-www-form-urlencoded', Buffer.concat([Buffer.from('a='), long])],
    [
      'multipart/form-data; boundary=b',
      Buffer.concat([
        Buffer.from('--b\r\nContent-Type: image/jpeg\r\n\r\n'),
        long,
        Buffer.from('\r\n--b--'),
      ]),
    ],
  ];
  for (const [type, body] of bodies) {
    const { most, body: left } = filtered(type, inPieces(body, [65_536]));
    expect(most, type).toBeLessThan(2 * maxFieldBytes);
    expect(left.length, type).toBeLessThan(100);
  }
});

test('whatever comes, no more is held than the limit, and it is done in good time', () => {
  const types = fc.constantFrom(
    'application/json',
    'text/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
    undefined,
  );
  const some = fc.oneof(
    fc.uint8Array({ maxLength: 20_000 }),
    fc.constantFrom('"\\', '""', '\\\\', '=&', '--b\r\n\r\n', '{"').map((unit) => {
      return Buffer.from(`{${unit.repeat(10_000)}`);
    }),
  );
  fc.assert(
    fc.property(types, some, cuts, (type, body, lengths) => {
      const { most, body: left } = filtered(type, inPieces(body, lengths), 4000);
      expect(left.length).toBeLessThanOrEqual(4000);
      expect(most).toBeLessThanOrEqual(4000 + maxFieldBytes + 400);
    }),
    { numRuns: 100 },
  );
});

test('a body of nothing but escapes and quotes costs no more than any other', () => {
  const costMs = (unit: string) => {
    const body = Buffer.from(`{"a":"${unit.repeat(2_000_000 / unit.length)}`);
    const fromMs = performance.now();
    filtered('application/json', inPieces(body, [65_536]));
    return performance.now() - fromMs;
  };
  for (const unit of ['\\', '"', '\\"', '\\\\x', '"",'])
    expect(costMs(unit), unit).toBeLessThan(1500);
});

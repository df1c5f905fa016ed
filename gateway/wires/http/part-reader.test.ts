import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPartReader, type StreamPart } from './part-reader.ts';

const parsed = (reader: ReturnType<typeof createPartReader>, pieces: readonly Buffer[]) =>
  pieces.flatMap((piece) => reader.push(piece));
const texts = (parts: readonly StreamPart[]) => parts.map(({ body }) => body?.toString() ?? null);

test('whatever is said in parts, cut anywhere, with lengths or without, is heard once and in order', () => {
  const part = fc.record({
    body: fc.string({
      unit: fc.constantFrom('a', '<', '\n', '-', 'é'),
      minLength: 1,
      maxLength: 200,
    }),
    isPicture: fc.boolean(),
    withLength: fc.boolean(),
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), cuts, (said, lengths) => {
      // What ends in a line end and dashes cannot be told from a boundary that has some of its own.
      fc.pre(said.every(({ body }) => !/\n-*$/.test(body) && !body.includes('--xyz')));
      const whole = Buffer.concat([
        ...said.map(({ body, isPicture, withLength }) => {
          const bytes = Buffer.from(body);
          const length = withLength ? `Content-Length: ${bytes.length}\r\n` : '';
          const type = isPicture ? 'image/jpeg' : 'text/plain';
          return Buffer.concat([
            Buffer.from(`--xyz\r\nContent-Type: ${type}\r\n${length}\r\n`),
            bytes,
            Buffer.from('\r\n'),
          ]);
        }),
        Buffer.from('--xyz--\r\n'),
      ]);
      const pieces: Buffer[] = [];
      for (let at = 0, n = 0; at < whole.length; n += 1) {
        const length = lengths[n % lengths.length] ?? 1;
        pieces.push(whole.subarray(at, at + length));
        at += length;
      }
      const heard = parsed(createPartReader('xyz'), pieces);
      expect(texts(heard)).toEqual(said.map(({ body, isPicture }) => (isPicture ? null : body)));
    }),
    { numRuns: 300 },
  );
});

test('an event with a length is told at once, without waiting for the next one', () => {
  const reader = createPartReader('--boundary');
  const head = '--boundary\r\nContent-Type: application/xml\r\nContent-Length: 5\r\n\r\n';
  expect(texts(reader.push(Buffer.from(`${head}<a/>`)))).toEqual([]);
  expect(texts(reader.push(Buffer.from('\n')))).toEqual(['<a/>']);
  expect(texts(reader.push(Buffer.from(`\r\n${head}<b/>\n`)))).toEqual(['<b/>']);
});

test('a length that is wrong is not believed', () => {
  const reader = createPartReader('b');
  const said = '--b\r\nContent-Length: 3\r\n\r\n<long-text/>\r\n--b\r\n';
  expect(texts(reader.push(Buffer.from(said)))).toEqual(['<long-text/>']);
});

test('the stream of a camera is read without its content type as well', () => {
  const stream = readFileSync(
    new URL('../../../drivers/samples/gate/dahua-cgi-stream.multipart.txt', import.meta.url),
  );
  for (const boundary of ['myboundary', '--myboundary', undefined]) {
    const heard = texts(createPartReader(boundary).push(stream));
    expect(
      heard.map((text) => text?.slice(0, 9)),
      boundary,
    ).toEqual(['Heartbeat', 'Code=Traf']);
  }
});

test('a picture is never held, a text not beyond its limit, and a head that never ends is refused', () => {
  const reader = createPartReader('b', 1000);
  reader.push(Buffer.from('--b\r\nContent-Type: image/jpeg\r\n\r\n'));
  for (let n = 0; n < 100; n += 1) {
    reader.push(Buffer.alloc(50_000, 'J'));
    expect(reader.held()).toBeLessThan(1000);
  }
  reader.push(Buffer.from('\r\n--b\r\nContent-Type: text/plain\r\n\r\n'));
  for (let n = 0; n < 100; n += 1) {
    reader.push(Buffer.alloc(50_000, 't'));
    expect(reader.held()).toBeLessThan(2000);
  }
  const [long] = reader.push(Buffer.from('\r\n--b\r\n'));
  expect(long).toMatchObject({ body: null, tooLong: true });
  expect(() => reader.push(Buffer.alloc(9000, 'h'))).toThrow('head');
  expect(() => createPartReader(undefined).push(Buffer.alloc(9000, 'x'))).toThrow('boundary');
});

test('no bytes at all make it hold more than its limits', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 10 }), (chunks) => {
      const reader = createPartReader('b', 1000);
      try {
        for (const chunk of chunks) {
          reader.push(Buffer.concat([Buffer.from('--b\n\n'), Buffer.from(chunk)]));
          expect(reader.held()).toBeLessThan(6000);
        }
      } catch (error) {
        expect((error as Error).message).toMatch(/boundary|head/);
      }
    }),
  );
});

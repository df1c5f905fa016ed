import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dahua } from './dahua.ts';

const file = (name: string) => readFileSync(new URL(`samples/${name}`, import.meta.url));
const json = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes));
const options = dahua.options.parse({});
const arrival = { device: 'dh-1', atMs: 1773618130500, lane: 'in-1', direction: 'in' } as const;
const replied = (name: string) =>
  dahua.reply?.({ body: file(name), method: 'POST' }, options, arrival);

test('the answer to a recognition never opens: OpenStrobe is false, whatever the camera says', () => {
  expect(json(replied('gate/dahua-itsapi-tollgateinfo.json')?.body)).toEqual(
    json(file('gate/dahua-itsapi-tollgateinfo-response.json')),
  );
  const asked = file('gate/dahua-itsapi-tollgateinfo.json')
    .toString()
    .replace('"OpenStrobe": false', '"OpenStrobe": true');
  const body = new TextEncoder().encode(asked);
  expect(json(dahua.reply?.({ body }, options, arrival)?.body).OpenStrobe).toBe(false);
});

test('registration and heartbeats are answered, events of the stream are not', () => {
  expect(json(replied('gate/dahua-itsapi-deviceinfo.json')?.body)).toEqual({
    Result: true,
    Message: '',
  });
  expect(json(replied('gate/dahua-itsapi-keepalive.json')?.body)).toEqual(
    json(file('gate/dahua-itsapi-keepalive-response.json')),
  );
  expect(replied('gate/dahua-cgi-stream.multipart.txt')).toBeNull();
  expect(replied('gate/dahua-cgi-trafficjunction.json')).toBeNull();
});

test('a stream with bare line feeds, or without a content type, is read the same', () => {
  const stream = file('gate/dahua-cgi-stream.multipart.txt').toString();
  const kinds = (text: string) =>
    dahua
      .decode({ body: new TextEncoder().encode(text) }, options, arrival, {})
      .map(({ kind }) => kind);
  expect(kinds(stream)).toEqual(['status', 'passage']);
  expect(kinds(stream.replaceAll('\r\n', '\n'))).toEqual(['status', 'passage']);
});

test('half an event of the stream is refused, not guessed', () => {
  const stream = file('gate/dahua-cgi-stream.multipart.txt').toString();
  const body = new TextEncoder().encode(stream.slice(0, stream.indexOf('"RealUTC"')));
  expect(() => dahua.decode({ body }, options, arrival, {})).toThrow('JSON');
});

test('the lists in the camera tell registered and rejected', () => {
  const result = (from: string, to: string) => {
    const text = file('gate/dahua-itsapi-tollgateinfo.json').toString().replace(from, to);
    const [reading] = dahua.decode({ body: new TextEncoder().encode(text) }, options, arrival, {});
    return reading?.kind === 'passage' ? reading.result : undefined;
  };
  expect(result('"AllowUser": false', '"AllowUser": true')).toBe('registered');
  expect(result('"BlockUser": false', '"BlockUser": true')).toBe('rejected');
});

test('it is asked for events only where it does not push', () => {
  expect(dahua.polls?.(options)).toEqual([]);
  const asked = dahua.options.parse({ codes: ['TrafficJunction'] });
  expect(dahua.polls?.(asked)).toEqual([
    {
      wire: 'http',
      path: '/cgi-bin/eventManager.cgi?action=attach&codes=[TrafficJunction]&heartbeat=5',
      stream: true,
    },
  ]);
});

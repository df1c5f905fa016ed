import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { generate } from 'mqtt-packet';
import { afterEach, expect, test } from 'vitest';
import { type Connection, createConnection } from './front.ts';

const undo: Array<() => void> = [];
afterEach(() => {
  for (const one of undo.splice(0)) one();
});

/** A connection of our front to a real socket, let in already. */
async function open(
  more: {
    crowded?: () => boolean;
    onCrowded?: () => void;
    onTaken?: (done: (error: Error | null) => void) => void;
  } = {},
) {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const far = dial(typeof address === 'object' && address ? address.port : 0);
  const [near] = (await once(server, 'connection')) as [Socket];
  const taken: number[] = [];
  const connection: Connection = createConnection(near, {
    frameBytes: 64 * 1024,
    messagesPerSecond: 1e6,
    monoMs: () => performance.now(),
    take({ packetId }, _speaksFor, done) {
      taken.push(packetId);
      more.onTaken?.(done);
      return true;
    },
    crowded: more.crowded ?? (() => false),
    onCrowded: more.onCrowded ?? (() => {}),
    onClose() {},
  });
  undo.push(() => {
    connection.close('the test ends');
    far.destroy();
    server.close();
  });
  far.write(
    generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: 'm1',
      keepalive: 0,
    }),
  );
  await once(connection.stream, 'readable');
  connection.stream.read();
  connection.open({ clientId: 'm1', speaksFor: null });
  return { near, far, connection, taken };
}

const publish = (messageId: number) =>
  generate({
    cmd: 'publish',
    topic: 'gatehouse/v1/m1/power',
    payload: Buffer.alloc(1000, 'x'),
    qos: 1,
    messageId,
    retain: false,
    dup: false,
  });

const puback = (messageId: number) => generate({ cmd: 'puback', messageId });

test('what the broker sends in one turn leaves in one write, whole and in order', async () => {
  const { near, far, connection } = await open();
  const pieces = Array.from({ length: 600 }, (_, i) => Buffer.from(`${i},`));
  let writes = 0;
  const write = near.write.bind(near);
  near.write = ((chunk: Buffer) => {
    writes += 1;
    return write(chunk);
  }) as typeof near.write;
  const heard: Buffer[] = [];
  far.on('data', (chunk) => heard.push(chunk));
  for (const piece of pieces) connection.stream.write(piece);
  await expect.poll(() => Buffer.concat(heard).toString()).toBe(Buffer.concat(pieces).toString());
  expect(writes).toBe(1);
});

test('the PUBACKs of one commit leave in one write, in the order of the messages, whichever was kept first', async () => {
  const dones: Array<(error: Error | null) => void> = [];
  const { near, far, taken } = await open({ onTaken: (done) => void dones.push(done) });
  const ids = Array.from({ length: 300 }, (_, i) => i + 1);
  for (const id of ids) far.write(publish(id));
  await expect.poll(() => taken).toEqual(ids);
  const written: Buffer[] = [];
  near.write = ((chunk: Buffer) => void written.push(chunk)) as never;
  // The last is answered first, and the first last: until then nothing may leave.
  for (const done of dones.splice(1).reverse()) done(null);
  await turn();
  expect(written).toEqual([]);
  dones[0]?.(null);
  await turn();
  const all = Buffer.concat(ids.map((id) => puback(id)));
  expect(written).toEqual([all]);
  // As the journal gives them: one after the other in one turn.
  for (const id of ids) far.write(publish(id));
  await expect.poll(() => dones.length).toBe(301);
  for (const done of dones.splice(1)) done(null);
  await turn();
  expect(written).toEqual([all, all]);
});

test('what was sent before the end of a connection still leaves', async () => {
  const { far, connection } = await open();
  const heard: Buffer[] = [];
  far.on('data', (chunk) => heard.push(chunk));
  connection.stream.write('farewell');
  connection.stream.destroy();
  await once(far, 'close');
  expect(Buffer.concat(heard).toString()).toBe('farewell');
});

test('while the disk is behind, a device that waits for an answer is not read, and goes on afterwards', async () => {
  let crowded = false;
  const { near, far, connection, taken } = await open({ crowded: () => crowded });
  far.write(publish(1));
  await expect.poll(() => taken).toEqual([1]);
  crowded = true;
  connection.rest();
  const readBefore = near.bytesRead;
  for (let id = 2; id <= 1000; id += 1) far.write(publish(id));
  await new Promise((resolve) => setTimeout(resolve, 200));
  // One chunk lies in the socket's own buffer; a megabyte would be a thousand of them.
  expect(near.bytesRead - readBefore).toBeLessThanOrEqual(64 * 1024);
  expect(taken).toEqual([1]);
  crowded = false;
  await expect.poll(() => taken.length).toBe(1000);
  expect(taken).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
});

test('the first message that comes while the disk is behind tells all others to rest', async () => {
  let told = 0;
  const { far, taken } = await open({
    crowded: () => told < 3,
    onCrowded: () => {
      told += 1;
    },
  });
  far.write(publish(1));
  await expect.poll(() => told).toBeGreaterThan(0);
  await turn();
  expect(taken).toEqual([]);
});

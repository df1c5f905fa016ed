import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { pushLimits } from './push.ts';
import { deviceOf, post, speak, type TrialPush, trialPush } from './trial-push.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});
const started = async (parts: Parameters<typeof trialPush>[0] = {}): Promise<TrialPush> => {
  const trial = await trialPush(parts);
  undo.push(trial.listener.stop);
  return trial;
};
const until = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
};
const file = (name: string) =>
  readFileSync(new URL(`../../../drivers/samples/${name}`, import.meta.url));
const nativePath = '/push/m1/gatehouse/v1/m1/power';
const native = '{"powerW":1}';
const json = { 'content-type': 'application/json' };
/** The form of pushes that the hikvision driver reads. */
const anpr = file('gate/hikvision-anpr.multipart.bin');
const multipart = {
  'content-type': 'multipart/form-data; boundary=---------------------------7e13971310878',
};

test('the answer comes after the commit, not before', async () => {
  const trial = await started();
  trial.hold = true;
  const camera = await trial.open();
  let heard = false;
  camera.say(post('/push/hik-1', anpr, multipart));
  const answer = camera.hear().then((it) => {
    heard = true;
    return it;
  });
  await until(() => trial.waiting() > 0);
  expect(heard).toBe(false);
  expect(trial.kept).toEqual([]);
  trial.release();
  expect(await answer).toMatchObject({ status: 200, body: '' });
  expect(trial.kept).toMatchObject([{ kind: 'passage', device: 'hik-1' }]);
});

test('a disk that refuses is 503: the device sends again, and the same connection stays', async () => {
  const trial = await started();
  trial.diskRefuses = true;
  const camera = await trial.open();
  camera.say(post('/push/hik-1', anpr, multipart));
  const refused = await camera.hear();
  expect(refused?.status).toBe(503);
  expect(refused?.head).toMatch(/retry-after: 5/i);
  trial.diskRefuses = false;
  camera.say(post('/push/hik-1', anpr, multipart));
  expect((await camera.hear())?.status).toBe(200);
  expect(trial.kept).toHaveLength(1);
});

test('several pushes on one connection are answered in their order, each with its length', async () => {
  const trial = await started();
  const camera = await trial.open();
  const keepAlive = post('/push/dh-1', '{"Active":"keepAlive","DeviceID":"7"}', json);
  camera.say(Buffer.concat([post('/push/hik-1', anpr, multipart), keepAlive]));
  const first = await camera.hear();
  const second = await camera.hear();
  expect([first?.status, second?.status]).toEqual([200, 200]);
  expect(first?.head).toMatch(/content-length: 0/i);
  expect(JSON.parse(second?.body ?? '')).toEqual({ Active: true, DeviceID: '7' });
  expect(first?.head).not.toMatch(/transfer-encoding/i);
});

test('a body in chunks is the same as one with a length', async () => {
  const trial = await started();
  const camera = await trial.open();
  camera.say(
    `POST /push/hik-1 HTTP/1.1\r\nhost: box\r\ncontent-type: ${multipart['content-type']}\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  for (let at = 0; at < anpr.length; at += 100) {
    const piece = anpr.subarray(at, at + 100);
    camera.say(`${piece.length.toString(16)}\r\n`);
    camera.say(piece);
    camera.say('\r\n');
  }
  camera.say('0\r\n\r\n');
  expect((await camera.hear())?.status).toBe(200);
  expect(trial.kept).toMatchObject([{ kind: 'passage' }]);
});

test('what nobody can read is 200 as well: it is in the quarantine, and sending it again would not help', async () => {
  const trial = await started({ devices: [{ ...deviceOf('m1', 'native'), point: 'b1' }] });
  const meter = await trial.open();
  meter.say(post(nativePath, 'rubbish'));
  expect((await meter.hear())?.status).toBe(200);
  expect(trial.rejected).toEqual(['rubbish']);
});

test('an unknown path is 404 and on the list of strangers, and its body is not held', async () => {
  const trial = await started();
  for (const path of ['/push/nobody/x', '/', '/push/../m1']) {
    const stranger = await trial.open();
    stranger.say(post(path, native, json));
    expect((await stranger.hear())?.status, path).toBe(404);
  }
  expect(trial.intake.strangers().map(({ name, wire }) => [name, wire])).toEqual([
    ['nobody', 'http'],
    ['/', 'http'],
    ['/push/../m1', 'http'],
  ]);
  expect(trial.listener.stats()).toMatchObject({ unknownPushes: 3, pushBytesHeld: 0 });
});

test('a stranger who never stops sending is cut off', async () => {
  const trial = await started({ limits: { refusedBytes: 10_000 } });
  const stranger = await trial.open();
  stranger.say('POST /nobody HTTP/1.1\r\nhost: box\r\ncontent-length: 100000000\r\n\r\n');
  expect((await stranger.hear())?.status).toBe(404);
  const closed = new Promise<void>((resolve) => stranger.socket.once('close', () => resolve()));
  const feed = setInterval(() => stranger.say(Buffer.alloc(5000)), 1);
  undo.push(() => clearInterval(feed));
  await closed;
});

test('a body over the limit is 413, told by its length or not', async () => {
  const trial = await started({ bodyBytes: 1000 });
  const told = await trial.open();
  told.say('POST /push/m1/x HTTP/1.1\r\nhost: box\r\ncontent-length: 1001\r\n\r\n');
  expect((await told.hear())?.status).toBe(413);
  const untold = await trial.open();
  untold.say('POST /push/m1/x HTTP/1.1\r\nhost: box\r\ntransfer-encoding: chunked\r\n\r\n');
  for (let n = 0; n < 3; n += 1) untold.say(`190\r\n${'x'.repeat(400)}\r\n`);
  const answer = await untold.hear();
  expect(answer?.status).toBe(413);
  expect(answer?.head).toMatch(/connection: close/i);
  expect(trial.listener.stats()).toMatchObject({ pushesTooLong: 2, pushes: 0, pushBytesHeld: 0 });
});

test('headers over the limit are 431', async () => {
  const trial = await started({ limits: { headerBytes: 2000 } });
  const camera = await trial.open();
  camera.say(`POST /push/m1/x HTTP/1.1\r\nhost: box\r\nx: ${'y'.repeat(3000)}\r\n\r\n`);
  expect((await camera.hear())?.status).toBe(431);
});

test('who sends its headers drop by drop is cut off, and so is who never ends its body', async () => {
  const trial = await started({ limits: { headersMs: 60, requestMs: 120, lookMs: 20 } });
  const slowHead = await trial.open();
  slowHead.say('POST /push/m1/x HTTP/1.1\r\nhost: box\r\n');
  expect((await slowHead.hear())?.status).toBe(408);
  const slowBody = await trial.open();
  slowBody.say('POST /push/m1/x HTTP/1.1\r\nhost: box\r\ncontent-length: 10\r\n\r\n12');
  // Node answers 408, or only hangs up where the answer has a reader already.
  expect([408, undefined]).toContain((await slowBody.hear())?.status);
  expect(trial.kept).toEqual([]);
  await until(() => trial.listener.stats().pushBytesHeld === 0);
});

test('a connection on which nothing more is said is closed', async () => {
  const trial = await started({ limits: { idleMs: 30, lookMs: 10 } });
  const camera = await trial.open();
  camera.say(post(nativePath, native, json));
  expect((await camera.hear())?.status).toBe(200);
  expect(await camera.hear()).toBeNull();
});

test('connections over the limit are refused, and the others go on', async () => {
  const trial = await started({ limits: { connections: 2 } });
  const [one] = [await trial.open(), await trial.open()];
  const three = await speak(trial.listener.address);
  expect(await three.hear()).toBeNull();
  one?.say(post(nativePath, native, json));
  expect((await one?.hear())?.status).toBe(200);
});

test('bodies that are on their way hold no more together than they may', async () => {
  const trial = await started({ limits: { heldTotalBytes: 10_000 } });
  const greedy = await trial.open();
  greedy.say(`POST ${nativePath} HTTP/1.1\r\nhost: box\r\ncontent-length: 30000\r\n\r\n`);
  greedy.say(`[${'1,'.repeat(7000)}`);
  expect((await greedy.hear())?.status).toBe(503);
  expect(trial.listener.stats()).toMatchObject({ pushesCrowded: 1, pushBytesHeld: 0 });
});

test('Expect: 100-continue is answered before the body; who may not push hears it before sending', async () => {
  const trial = await started({ bodyBytes: 100_000 });
  const head = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nhost: box\r\nexpect: 100-continue\r\ncontent-type: ${multipart['content-type']}\r\ncontent-length: ${length}\r\n\r\n`;
  const camera = await trial.open();
  camera.say(head('/push/hik-1', anpr.length));
  expect((await camera.hear())?.status).toBe(100);
  camera.say(anpr);
  expect((await camera.hear())?.status).toBe(200);
  expect(trial.kept).toHaveLength(1);
  for (const [path, length, status] of [
    ['/push/nobody', 10, 404],
    ['/push/hik-1', 200_000, 413],
  ] as const) {
    const stranger = await trial.open();
    stranger.say(head(path, length));
    const answer = await stranger.hear();
    expect(answer?.status).toBe(status);
    expect(answer?.head).toMatch(/connection: close/i);
    expect(await stranger.hear()).toBeNull();
  }
});

test('a push that breaks off in the middle leaves nothing, and the next one is heard', async () => {
  const trial = await started();
  const broken = await trial.open();
  broken.say(post('/push/hik-1', anpr, multipart).subarray(0, 800));
  await until(() => trial.listener.stats().pushBytesHeld !== 0);
  broken.socket.destroy();
  await until(() => trial.listener.stats().pushBytesHeld === 0);
  expect(trial.kept).toEqual([]);
  const again = await trial.open();
  again.say(post('/push/hik-1', anpr, multipart));
  expect((await again.hear())?.status).toBe(200);
});

test('a picture of 6 MB inside JSON goes through, and the recognition is read', async () => {
  const trial = await started();
  const camera = await trial.open();
  const said = JSON.parse(file('gate/dahua-itsapi-tollgateinfo.json').toString());
  said.Picture.CutoutPic = { Content: Buffer.alloc(4_500_000, 7).toString('base64') };
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, trial.listener.stats().pushBytesHeld ?? 0);
  }, 1);
  undo.push(() => clearInterval(look));
  camera.say(post('/push/dh-1/NotificationInfo/TollgateInfo', JSON.stringify(said), json));
  expect((await camera.hear())?.status).toBe(200);
  expect(trial.kept).toMatchObject([{ kind: 'passage', plate: expect.any(String) }]);
  expect(most).toBeLessThan(pushLimits.heldBytes);
});

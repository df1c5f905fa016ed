import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { SendResult } from './channel.ts';
import { createRobotChannel, type Robot } from './robot.ts';
import { dingtalkSign, feishuSign, signedRobot } from './robot-sign.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** A maker's server that answers in turn; the bodies that it got. */
async function maker(...answers: readonly (readonly [number, string])[]) {
  const got: { readonly url: string; readonly body: unknown }[] = [];
  const left = [...answers];
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      got.push({ url: request.url ?? '', body: JSON.parse(body) });
      const [status, answer] = left.shift() ?? [200, '{"errcode":0}'];
      if (status === 0) request.socket.destroy();
      else response.writeHead(status).end(answer);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { got, url: `http://127.0.0.1:${port}/send?key=secret` };
}

const parcel = {
  id: 1,
  to: 'wecom-1',
  text: '重要 A17 12号楼',
  priority: 1,
  expiresAtMs: 0,
  messageId: 'long',
  again: false,
};
const channelOf = (robots: readonly Robot[], nowMs = () => 0) =>
  createRobotChannel(robots, { nowMs, sign: signedRobot });

test('WeCom gets its own form, and errcode 0 alone is success', async () => {
  const { got, url } = await maker([200, '{"errcode":0,"errmsg":"ok"}']);
  const channel = channelOf([{ name: 'wecom-1', kind: 'wecom', url }]);
  expect(await channel.send(parcel)).toEqual({ outcome: 'done' });
  expect(got).toEqual([
    { url: '/send?key=secret', body: { msgtype: 'text', text: { content: parcel.text } } },
  ]);
});

test('each way to fail has its own result, and none tells the address', async () => {
  const { url } = await maker(
    [200, '{"errcode":45009}'],
    [200, '{"errcode":93000}'],
    [500, ''],
    [404, ''],
    [200, '<html>'],
    [0, ''],
  );
  const channel = channelOf([{ name: 'wecom-1', kind: 'wecom', url }]);
  const results: SendResult[] = [];
  for (let n = 0; n < 6; n += 1) results.push(await channel.send(parcel));
  expect(results.map(({ outcome }) => outcome)).toEqual([
    'retry',
    'refused',
    'retry',
    'refused',
    'unknown',
    'unknown',
  ]);
  expect(JSON.stringify(results)).not.toContain('secret');
  const nobody = channelOf([{ name: 'wecom-1', kind: 'wecom', url: 'http://127.0.0.1:9999/' }]);
  // Nobody listens there: nothing can have left.
  expect(await nobody.send(parcel)).toEqual({ outcome: 'retry', reason: 'ECONNREFUSED' });
});

test('more than fifteen a minute wait, and a long text is cut between characters', async () => {
  const { got, url } = await maker();
  let nowMs = 0;
  const channel = channelOf([{ name: 'wecom-1', kind: 'wecom', url }], () => nowMs);
  const long = { ...parcel, text: '楼'.repeat(1000) };
  for (let n = 0; n < 15; n += 1) await channel.send(long);
  expect(await channel.send(long)).toEqual({ outcome: 'retry', reason: 'Rate' });
  nowMs = 60_001;
  expect(await channel.send(long)).toEqual({ outcome: 'done' });
  expect(got[0]?.body).toEqual({ msgtype: 'text', text: { content: '楼'.repeat(682) } });
});

test('DingTalk and Feishu are signed as their makers say', async () => {
  expect(dingtalkSign('SECtest', 1_777_658_585_000)).toBe(
    'z53ggeguSFkPx6ZcjrVdVSuiTO5QmB7txH1f7syLrBk=',
  );
  const ding = { name: 'd', kind: 'dingtalk', url: 'https://x/send?access_token=t' } as const;
  const { url } = signedRobot({ ...ding, secret: 'SECtest' }, 1_777_658_585_000);
  expect(url).toBe(
    'https://x/send?access_token=t&timestamp=1777658585000&sign=z53ggeguSFkPx6ZcjrVdVSuiTO5QmB7txH1f7syLrBk%3D',
  );
  const feishu = { name: 'f', kind: 'feishu', url: 'https://x/hook', secret: 's' } as const;
  expect(signedRobot(feishu, 1_777_658_585_999).fields).toEqual({
    timestamp: '1777658585',
    sign: feishuSign('s', 1_777_658_585),
  });
});

import { createHash } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { type Algorithm, digestParameters, digestResponse, secretHash } from './digest.ts';
import { createLoginCheck, maxFailuresPerMinute } from './login.ts';
import { createNonces, maxNonces, nonceLivesMs } from './nonces.ts';
import { deviceOf, post, type TrialPush, trialPush } from './trial-push.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

test('responses are those of the examples of RFC 7616, section 3.9.1', () => {
  const parts = {
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    method: 'GET',
    uri: '/dir/index.html',
    counted: { nc: '00000001', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
  };
  const response = (algorithm: Algorithm) =>
    digestResponse(secretHash(algorithm, 'Mufasa', 'http-auth@example.org', 'Circle of Life'), {
      ...parts,
      algorithm,
    });
  expect(response('MD5')).toBe('8ca523f5e9506fed4657c9700eebdbec');
  expect(response('SHA-256')).toBe(
    '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  );
});

test('without qop the response is that of RFC 2069, as old cameras compute it', () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  expect(
    digestResponse(md5('u:r:p'), { algorithm: 'MD5', nonce: 'n', method: 'POST', uri: '/x' }),
  ).toBe(md5(`${md5('u:r:p')}:n:${md5('POST:/x')}`));
});

test('a header is read as it is written: quotes, escapes, spaces; a name said twice is refused', () => {
  expect(digestParameters('Digest a="x, y=\\"z\\"" , B=2,c=""')).toEqual({
    a: 'x, y="z"',
    b: '2',
    c: '',
  });
  for (const wrong of ['Basic x', 'Digest a', 'Digest a=1, a=2', `Digest a="${'x'.repeat(3000)}"`])
    expect(digestParameters(wrong), wrong).toBeNull();
});

const clock = () => {
  let nowMs = 1_000_000;
  return {
    monoMs: () => nowMs,
    pass(ms: number) {
      nowMs += ms;
    },
  };
};

test('a nonce is good for five minutes, its counts rise, and nobody else makes one', () => {
  const time = clock();
  const nonces = createNonces(time);
  const nonce = nonces.make();
  expect([1, 2, 2, 1, 7].map((nc) => nonces.use(nonce, nc))).toEqual([
    'good',
    'good',
    'stale',
    'stale',
    'good',
  ]);
  expect(nonces.use(createNonces(time).make(), 1)).toBe('foreign');
  expect(nonces.use('rubbish', 1)).toBe('foreign');
  // The same bytes in another spelling would begin its count again.
  expect(nonces.use(`${nonce}=`, 1)).toBe('foreign');
  const once = nonces.make();
  expect([nonces.use(once, null), nonces.use(once, null)]).toEqual(['good', 'stale']);
  time.pass(nonceLivesMs + 1);
  expect(nonces.use(nonce, 8)).toBe('stale');
});

test('when more nonces are in use than are remembered, a forgotten one is stale, not new', () => {
  const time = clock();
  const nonces = createNonces(time);
  const first = nonces.make();
  nonces.use(first, 1);
  for (let n = 0; n < maxNonces; n += 1) {
    time.pass(0.01);
    nonces.use(nonces.make(), 1);
  }
  expect(nonces.use(first, 1)).toBe('stale');
});

const login = { username: 'cam', password: '密码 p', basic: true };
const basicOf = (username: string, password: string) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const checked = (authorization: string | undefined, basic = true) => {
  const check = createLoginCheck(new Map([['d1', { ...login, basic }]]), clock());
  return check.check('d1', { method: 'POST', url: '/x', authorization, address: 'a' });
};

test('Basic is taken where it is allowed, and refused where it is not', () => {
  expect(checked(basicOf('cam', '密码 p')).kind).toBe('ok');
  for (const wrong of [
    basicOf('cam', 'p'),
    basicOf('cam2', '密码 p'),
    'Basic',
    'Basic !',
    'Bearer x',
  ])
    expect(checked(wrong), wrong).toMatchObject({ kind: 'challenge', wrong: true });
  expect(checked(basicOf('cam', '密码 p'), false)).toMatchObject({ kind: 'challenge' });
  const offered = (basic: boolean) => {
    const verdict = checked(undefined, basic);
    return verdict.kind === 'challenge' ? verdict.challenges.map((one) => one.split(',')[0]) : [];
  };
  expect(offered(true)).toHaveLength(3);
  expect(offered(false).join()).not.toContain('Basic');
});

test('after five wrong ones an address waits out its minute, also with the right one; others do not', () => {
  const time = clock();
  const check = createLoginCheck(new Map([['d1', login]]), time);
  const tries = (authorization: string, address = 'a') =>
    check.check('d1', { method: 'POST', url: '/x', authorization, address }).kind;
  for (let n = 0; n < maxFailuresPerMinute; n += 1)
    expect(tries(basicOf('cam', `guess ${n}`))).toBe('challenge');
  expect(tries(basicOf('cam', '密码 p'))).toBe('wait');
  expect(tries(basicOf('cam', '密码 p'), 'b')).toBe('ok');
  time.pass(60_001);
  expect(tries(basicOf('cam', '密码 p'))).toBe('ok');
});

const body = '{"Active":"keepAlive"}';
const url = '/push/dh-1/NotificationInfo/KeepAlive';
const json = { 'content-type': 'application/json' };

const started = async (): Promise<TrialPush> => {
  const devices = [deviceOf('dh-1', 'dahua'), deviceOf('dh-2', 'dahua')];
  const trial = await trialPush({ devices, logins: new Map([['dh-1', login]]) });
  undo.push(trial.listener.stop);
  return trial;
};

/** The answer of a device to the challenge of `algorithm` in `head`. */
function answerTo(head: string, algorithm: Algorithm, nc: string, password = login.password) {
  const line = head.split('\r\n').find((one) => one.includes(`algorithm=${algorithm},`)) ?? '';
  const said = digestParameters(line.replace(/^[^:]*:\s*/, ''));
  if (!said) throw new Error(`No challenge in ${line}`);
  const { nonce = '', realm = '' } = said;
  const response = digestResponse(secretHash(algorithm, login.username, realm, password), {
    algorithm,
    nonce,
    method: 'POST',
    uri: url,
    counted: { nc, cnonce: 'c0ffee' },
  });
  return {
    authorization: `Digest username="${login.username}", realm="${realm}", nonce="${nonce}", uri="${url}", algorithm=${algorithm}, qop=auth, nc=${nc}, cnonce="c0ffee", response="${response}"`,
  };
}

for (const algorithm of ['SHA-256', 'MD5'] as const) {
  test(`a device logs in by Digest with ${algorithm} on one connection; a message heard before is stale`, async () => {
    const trial = await started();
    const device = await trial.open();
    device.say(post(url, body, json));
    const challenged = await device.hear();
    expect(challenged?.status).toBe(401);
    expect(trial.kept).toEqual([]);
    const first = answerTo(challenged?.head ?? '', algorithm, '00000001');
    device.say(post(url, body, { ...json, ...first }));
    expect((await device.hear())?.status).toBe(200);
    const second = answerTo(challenged?.head ?? '', algorithm, '00000002');
    device.say(post(url, body, { ...json, ...second }));
    expect((await device.hear())?.status).toBe(200);
    expect(trial.kept).toHaveLength(2);
    device.say(post(url, body, { ...json, ...first }));
    const replayed = await device.hear();
    expect(replayed?.status).toBe(401);
    expect(replayed?.head).toContain('stale=true');
    expect(trial.kept).toHaveLength(2);
    // A stale nonce is no guess: the device has shown that it knows the password.
    expect(trial.listener.stats()).toMatchObject({ pushLoginsWrong: 0 });
  });
}

test('a wrong password, another path or another method gets nobody in, is counted and listed', async () => {
  const trial = await started();
  const device = await trial.open();
  device.say(post(url, body, json));
  const challenged = (await device.hear())?.head ?? '';
  device.say(post(url, body, { ...json, ...answerTo(challenged, 'MD5', '00000001', 'guess') }));
  expect((await device.hear())?.status).toBe(401);
  const right = answerTo(challenged, 'MD5', '00000001');
  device.say(post(`${url}/other`, body, { ...json, ...right }));
  expect((await device.hear())?.status).toBe(401);
  const put = post(url, body, { ...json, ...right })
    .toString()
    .replace(/^POST/, 'PUT');
  device.say(put);
  expect((await device.hear())?.status).toBe(401);
  expect(trial.kept).toEqual([]);
  expect(trial.listener.stats()).toMatchObject({ pushLoginsWrong: 3 });
  expect(trial.intake.strangers()).toMatchObject([{ name: 'dh-1', attempts: 3 }]);
  expect(JSON.stringify(trial.intake.strangers())).not.toContain(login.password);
});

test('who guesses too often is told 429 and when to come back', async () => {
  const trial = await started();
  const device = await trial.open();
  const guess = post(url, body, { ...json, authorization: basicOf('cam', 'x') });
  const statuses = [];
  for (let n = 0; n <= maxFailuresPerMinute; n += 1) {
    device.say(guess);
    const heard = await device.hear();
    statuses.push(heard?.status);
    if (heard?.status === 429) expect(heard.head).toMatch(/retry-after: \d+/i);
  }
  expect(statuses).toEqual([...Array(maxFailuresPerMinute).fill(401), 429]);
  expect(trial.listener.stats()).toMatchObject({ pushLoginsLimited: 1 });
});

test('devices without a log-in push as before, beside one that has one', async () => {
  const trial = await started();
  const device = await trial.open();
  device.say(post('/push/dh-2', body, json));
  expect((await device.hear())?.status).toBe(200);
});

test('with Expect: 100-continue the challenge comes before the body, and the connection ends', async () => {
  const trial = await started();
  const device = await trial.open();
  device.say(
    `POST ${url} HTTP/1.1\r\nhost: box\r\nexpect: 100-continue\r\ncontent-length: 300000\r\n\r\n`,
  );
  expect((await device.hear())?.status).toBe(401);
  expect(await device.hear()).toBeNull();
});

import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { CodecError, defineDriver, type Message, type Poll } from '../../../drivers/driver.ts';
import { type Device, toDevice } from '../../config/device.ts';
import { type HandPace, handPace } from './hand-pace.ts';
import { type Line, NoAnswer } from './line.ts';
import { type Rounds, silentShare, startRounds } from './rounds.ts';
import { longestSilentPauseMs, restMs } from './standing.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const questionOf = (name: string): Poll => ({ wire: 'http', path: name });

/** A meter that is asked for its items one by one. */
const meter = defineDriver<{ items: string[] }>({
  id: 'asked',
  title: { zh: '表', en: 'meter' },
  wire: 'http-poll',
  proven: 'bench',
  sources: [],
  lacks: { zh: '', en: '' },
  kinds: ['power'],
  options: z.strictObject({ items: z.array(z.string()) }),
  polls: ({ items }) => items.map(questionOf),
  decode: () => [],
  encode() {
    throw new CodecError('never');
  },
  samples: [],
});

const device = (id: string, items: string[] = ['power']): Device =>
  toDevice({ id, driver: 'asked' }, meter, { items }, 'unknown');

const undo: Rounds[] = [];
afterEach(async () => {
  for (const one of undo.splice(0)) await one.stop();
});

type Answer = (device: string, item: string) => Promise<'yes' | Error> | 'yes' | Error;

/** A bus on which every question takes `tookMs`, and silence takes the whole timeout. */
function village(parts: {
  readonly devices: readonly Device[];
  readonly answer: Answer;
  readonly everyS?: number;
  readonly tookMs?: number;
  readonly timeoutMs?: number;
  readonly open?: () => void;
  readonly keep?: (message: Message) => Promise<Error | null>;
  readonly pace?: HandPace;
}) {
  const { everyS = 10, tookMs = 100, timeoutMs = 1000, pace = handPace() } = parts;
  const never = new AbortController().signal;
  const asked: string[] = [];
  const taken: Array<readonly [device: string, items: readonly string[], atMs: number]> = [];
  const at = { opens: 0, closes: 0, open: 0, together: 0, most: 0 };
  const openLine = async (): Promise<Line> => {
    at.opens += 1;
    parts.open?.();
    at.open += 1;
    return {
      async ask(poll, { id }) {
        if (poll.wire !== 'http') throw new Error('not asked here');
        at.together += 1;
        at.most = Math.max(at.most, at.together);
        asked.push(`${id} ${poll.path}`);
        try {
          const answer = await parts.answer(id, poll.path);
          const silent = answer instanceof NoAnswer && answer.why === 'silent';
          await pace.wait(silent ? timeoutMs : tookMs, never);
          if (answer instanceof Error) throw answer;
          return { topic: poll.path, body: new Uint8Array() };
        } finally {
          at.together -= 1;
        }
      },
      async close() {
        at.closes += 1;
        at.open -= 1;
      },
    };
  };
  const rounds = startRounds({
    bus: 'b1',
    everyS,
    timeoutMs,
    open: openLine,
    devices: parts.devices,
    intake: {
      take(of, message, done) {
        const items = [message, ...(message.rest ?? [])].map(({ topic = '' }) => topic);
        taken.push([of.id, items, pace.monoMs()]);
        if (parts.keep) void parts.keep(message).then(done);
        else done(null);
      },
    },
    pace,
    log,
  });
  undo.push(rounds);
  return { rounds, pace, asked, taken, at };
}

const silent = new NoAnswer('silent', 'nobody speaks');
const refused = new NoAnswer('refused', 'no such item');
const garbled = new NoAnswer('garbled', 'wrong checksum');
const names = (n: number) => Array.from({ length: n }, (_, i) => `m${i}`);

test('every device is asked once a round, in order, one question at a time', async () => {
  const devices = [device('a', ['power', 'energy']), device('b')];
  const { pace, asked, taken, at } = village({ devices, answer: () => 'yes' });
  await pace.pass(9_900);
  expect(asked).toEqual(['a power', 'a energy', 'b power']);
  expect(at.most).toBe(1);
  await pace.pass(10_000);
  expect(taken.map(([id, items]) => [id, ...items].join(' '))).toEqual([
    'a power energy',
    'b power',
    'a power energy',
    'b power',
  ]);
});

test('the next device has its turn when the last answers are on the disk, not before', async () => {
  let flushed: (() => void) | undefined;
  const keep = () => new Promise<null>((resolve) => (flushed = () => resolve(null)));
  const { pace, asked } = village({
    devices: [device('a'), device('b')],
    answer: () => 'yes',
    keep,
  });
  await pace.pass(5_000);
  expect(asked).toEqual(['a power']);
  flushed?.();
  await pace.pass(1);
  expect(asked).toEqual(['a power', 'b power']);
});

test('where the disk refuses, nobody is asked on until the next round', async () => {
  const { pace, asked, rounds } = village({
    devices: [device('a'), device('b')],
    answer: () => 'yes',
    keep: async () => new Error('disk full'),
  });
  await pace.pass(9_000);
  expect(asked).toEqual(['a power']);
  await pace.pass(10_000);
  expect(asked).toEqual(['a power', 'a power']);
  expect(rounds.state().refusedByDisk).toBe(2);
});

test('an answer that is missing stays missing: what another round said is not handed over', async () => {
  let energy: 'yes' | Error = 'yes';
  const { pace, taken } = village({
    devices: [device('a', ['power', 'energy', 'voltage'])],
    answer: (_id, item) => (item === 'energy' ? energy : 'yes'),
  });
  await pace.pass(9_000);
  energy = refused;
  await pace.pass(10_000);
  expect(taken.map(([, items]) => items)).toEqual([
    ['power', 'energy', 'voltage'],
    ['power', 'voltage'],
  ]);
});

test('an item that the device does not know rests, and is tried again after ten minutes', async () => {
  const { pace, asked, rounds } = village({
    devices: [device('a', ['power', 'thd'])],
    answer: (_id, item) => (item === 'thd' ? refused : 'yes'),
  });
  const thd = () => asked.filter((one) => one === 'a thd').length;
  await pace.pass(restMs - 1000);
  expect(thd()).toBe(1);
  await pace.pass(20_000);
  expect(thd()).toBe(2);
  expect(rounds.state()).toMatchObject({
    unanswered: { refused: 2 },
    devices: [{ silent: false, lastReason: 'no such item' }],
  });
});

test('an answer lost in noise is asked for once more, in the same turn', async () => {
  let noise = 0;
  const { pace, taken, asked } = village({
    devices: [device('a', ['power', 'energy'])],
    answer: (_id, item) => {
      if (item !== 'energy' || noise === 0) return 'yes';
      noise -= 1;
      return garbled;
    },
  });
  await pace.pass(9_000);
  noise = 1;
  await pace.pass(10_000);
  expect(asked.slice(2)).toEqual(['a power', 'a energy', 'a energy']);
  expect(taken.at(-1)?.[1]).toEqual(['power', 'energy']);
});

test('a meter that dies in the middle of its turn costs two silences, and its answers are kept', async () => {
  let dead = false;
  const items = ['power', 'a', 'b', 'c', 'd', 'e'];
  const { pace, asked, taken } = village({
    devices: [device('a', items)],
    answer: (_id, item) => (dead && item !== 'power' ? silent : 'yes'),
  });
  await pace.pass(9_000);
  dead = true;
  await pace.pass(10_000);
  // Each is asked twice: the meter has always answered so far.
  expect(asked.slice(6)).toEqual(['a power', 'a a', 'a a', 'a b', 'a b']);
  expect(taken.at(-1)?.[1]).toEqual(['power']);
});

for (const dead of [1, 3, 8]) {
  test(`${dead} dead of ten on a full bus cost the others at most a tenth of their round`, async () => {
    const answer: Answer = (id) => (Number(id.slice(1)) < dead ? silent : 'yes');
    const one = (someDead: boolean) =>
      village({
        devices: names(10)
          .filter((id) => someDead || Number(id.slice(1)) >= dead)
          .map((id) => device(id)),
        answer,
        everyS: 1,
        tookMs: 600,
      });
    const last = names(10).at(-1);
    const turns = ({ taken }: ReturnType<typeof one>) => taken.filter(([id]) => id === last).length;
    const alone = one(false);
    const together = one(true);
    for (const { pace } of [alone, together]) await pace.pass(60_000);
    const [before, beforeTogether] = [turns(alone), turns(together)];
    for (const { pace } of [alone, together]) await pace.pass(1_800_000);
    const ratio = (turns(together) - beforeTogether) / (turns(alone) - before);
    expect(ratio).toBeGreaterThan(1 / (1 + silentShare) - 0.01);
    expect(together.rounds.state().devices.filter((each) => each.silent)).toHaveLength(dead);
  });
}

test('on a bus with time to spare a dead meter is found again within a minute of its return', async () => {
  let dead = true;
  const { pace, taken } = village({
    devices: [device('a'), device('b')],
    answer: (id) => (id === 'b' && dead ? silent : 'yes'),
  });
  await pace.pass(3_600_000);
  expect(taken.some(([id]) => id === 'b')).toBe(false);
  dead = false;
  const backMs = pace.monoMs();
  await pace.pass(300_000);
  const first = taken.find(([id]) => id === 'b');
  expect((first?.[2] ?? Number.POSITIVE_INFINITY) - backMs).toBeLessThan(
    longestSilentPauseMs + 10_000,
  );
});

test('where all are dead, they are still asked, and the first to return is heard', async () => {
  let dead = true;
  const { pace, asked, taken, at, rounds } = village({
    devices: names(20).map((id) => device(id)),
    answer: () => (dead ? silent : 'yes'),
    everyS: 5,
  });
  await pace.pass(600_000);
  const before = asked.length;
  await pace.pass(600_000);
  expect(asked.length).toBeGreaterThan(before + 100);
  // A converter that was switched off fails nothing: only a new connection helps.
  expect(at.opens).toBeGreaterThan(4);
  expect(rounds.state().reason).toBe('Nobody on the bus answers');
  dead = false;
  await pace.pass(180_000);
  expect(new Set(taken.map(([id]) => id)).size).toBe(20);
  expect(rounds.state()).toMatchObject({ up: true });
});

test('a line that fails is closed and opened again, later and later, and the box goes on', async () => {
  let gone = true;
  const pace = handPace(() => 0.5);
  const { at, rounds, taken } = village({
    devices: [device('a')],
    answer: () => 'yes',
    open: () => {
      if (gone) throw new Error('no such port');
    },
    pace,
  });
  await pace.pass(600_000);
  expect(rounds.state()).toMatchObject({ up: false, reason: 'no such port' });
  // 1, 2, 4 … 60 s, three quarters of each: some 16 in ten minutes, not 600.
  expect(at.opens).toBeGreaterThan(10);
  expect(at.opens).toBeLessThan(20);
  gone = false;
  await pace.pass(60_000);
  expect(taken.length).toBeGreaterThan(0);
  expect(rounds.state()).toMatchObject({ up: true });
  expect(rounds.state().reason).toBeUndefined();
});

test('a wire that hangs is closed and opened anew', async () => {
  let hangs = true;
  const { pace, at, taken } = village({
    devices: [device('a')],
    answer: () => (hangs ? new Promise(() => {}) : 'yes'),
  });
  await pace.pass(30_000);
  expect(at.closes).toBe(0);
  hangs = false;
  await pace.pass(10_000);
  expect([at.closes, at.opens]).toEqual([1, 2]);
  expect(taken).toHaveLength(1);
});

test('stop ends a question that waits, closes the line and asks no more', async () => {
  const { pace, at, asked, rounds } = village({
    devices: [device('a')],
    answer: () => new Promise(() => {}),
  });
  await pace.pass(100);
  expect(asked).toHaveLength(1);
  await rounds.stop();
  await pace.pass(100_000);
  expect(at.open).toBe(0);
  expect(asked).toHaveLength(1);
});

import { afterAll, expect, test } from 'vitest';
import { createTrial, type Trial } from '../trial.ts';
import { findingOf, type Kind, kinds, minuteMs, pass } from './story.ts';

/** Acceptance 4: clocks that jump, a host in another zone, leap days, midnight: nothing is lost and nothing doubled. */

const zoneBefore = process.env.TZ;
afterAll(() => {
  process.env.TZ = zoneBefore;
});

const kindOf = (rule: string): Kind => {
  const kind = kinds.find((one) => one.rule === rule);
  if (!kind) throw new Error(rule);
  return kind;
};
const [minor, critical] = [kindOf('gate.queue'), kindOf('elec.leakage')];
/** A moment at the site, where it is always eight hours later than in UTC. */
const atSite = (text: string) => Date.parse(`${text}+08:00`);

/** Each message with the minute at which it was written, by the monotonic clock. */
async function heard(trial: Trial, play: (trial: Trial) => Promise<void>) {
  const fromMs = trial.clock.monoMs();
  const seen = new Map<number, number>();
  const look = async () => {
    for (const { id } of await trial.rows('sms')) {
      if (!seen.has(id)) seen.set(id, Math.round((trial.clock.monoMs() - fromMs) / minuteMs));
    }
  };
  const watched: Trial = {
    ...trial,
    async pass(ms) {
      await trial.pass(ms);
      await look();
    },
    async apply(...findings) {
      await trial.apply(...findings);
      await look();
    },
  };
  await play(watched);
  const rows = await trial.rows('sms');
  return rows.map(
    ({ id, recipient, message_id: message }) => `+${seen.get(id)} ${recipient} ${message}`,
  );
}

const raise = (trial: Trial, kind: Kind, severity: 'minor' | 'critical') =>
  trial.apply(
    findingOf(kind, 'raised', severity, {
      atMs: trial.clock.nowMs(),
      sinceMs: trial.clock.nowMs(),
    }),
  );

/** Nobody answers for twenty minutes; after four of them somebody sets the clock. */
const ladder = (jumpMs: number) => async (trial: Trial) => {
  // Long after the start: the clock was right.
  await pass(trial, 31 * minuteMs);
  await raise(trial, critical, 'critical');
  await pass(trial, 4 * minuteMs);
  trial.clock.set(trial.clock.nowMs() + jumpMs);
  await pass(trial, 16 * minuteMs);
};

async function tried(startMs: number, play: (trial: Trial) => Promise<void>) {
  const trial = await createTrial({ startMs });
  try {
    return await heard(trial, play);
  } finally {
    await trial.close();
  }
}

const expected = [
  '+31 p3 elec.leakage',
  ...['p3', 'p4', 'guard'].map((who) => `+34 ${who} notice.escalated`),
  ...['p3', 'chair'].map((who) => `+39 ${who} notice.escalated`),
  ...['p3', 'grid'].map((who) => `+46 ${who} notice.escalated`),
];
/** Who has the first turn depends on the day; who is told how often and when does not. */
const turned = (lines: readonly string[]) => {
  const duty = lines[0]?.split(' ')[1];
  return lines
    .map((line) => line.replace(/ p[34] /, (who) => (who.trim() === duty ? ' duty ' : ' deputy ')))
    .sort();
};

const hourMs = 3_600_000;
for (const [what, jumpMs] of [
  ['no jump', 0],
  ['eight hours ahead', 8 * hourMs],
  ['eight hours back', -8 * hourMs],
  ['five years ahead', 5 * 365 * 24 * hourMs],
] as const) {
  test(`nobody answers, and the clock makes ${what}: the same people at the same minutes`, async () => {
    const lines = await tried(atSite('2026-05-01T12:00:00'), ladder(jumpMs));
    expect(turned(lines)).toEqual(turned(expected));
  });
}

for (const start of ['2028-02-28T23:25:00', '2028-02-29T23:25:00', '2026-12-31T23:25:00']) {
  for (const zone of ['UTC', 'America/Los_Angeles', 'Asia/Shanghai']) {
    test(`midnight of ${start.slice(0, 10)} within the ladder, the host in ${zone}: nothing is lost or doubled`, async () => {
      process.env.TZ = zone;
      const lines = await tried(atSite(start), ladder(0));
      expect(turned(lines)).toEqual(turned(expected));
    });

    test(`what is minor after ${start} waits for 07:00 at the site, the host in ${zone}`, async () => {
      process.env.TZ = zone;
      const lines = await tried(atSite(start), async (trial) => {
        await raise(trial, minor, 'minor');
        await pass(trial, 9 * 60 * minuteMs);
      });
      // 23:25 to 07:00 is 455 minutes; a line at night tells that something waits.
      expect(lines.filter((line) => line.endsWith('notice.digest'))).toEqual([
        expect.stringMatching(/^\+455 p[34] /),
      ]);
    });
  }
}

test('a clock that is set back over 07:00 makes no second summary of the same morning', async () => {
  const lines = await tried(atSite('2026-05-01T23:00:00'), async (trial) => {
    await raise(trial, minor, 'minor');
    await pass(trial, 8.5 * 60 * minuteMs);
    trial.clock.set(trial.clock.nowMs() - hourMs);
    await pass(trial, 2 * 60 * minuteMs);
  });
  expect(lines.filter((line) => line.endsWith('notice.digest'))).toHaveLength(1);
});

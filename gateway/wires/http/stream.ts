import type { IncomingMessage } from 'node:http';
import type { Device } from '../../config/device.ts';
import type { Log } from '../../log.ts';
import type { Intake } from '../intake.ts';
import type { Pace } from '../poll/pace.ts';
import { reopen } from '../poll/rounds.ts';
import type { HttpClient } from './client.ts';
import { createPartReader, maxPartBytes } from './part-reader.ts';

/** How a stream is doing. Counts since the start. */
export interface StreamState {
  readonly device: string;
  readonly up: boolean;
  /** Why it ended last; absent once a part has come since. */
  readonly reason?: string;
  readonly parts: number;
  /** Texts over the limit. */
  readonly tooLong: number;
  /** Times that it was opened. */
  readonly opened: number;
}

export interface EventStream {
  state(): StreamState;
  stop(): Promise<void>;
}

export interface StreamParts {
  readonly device: Device;
  /** What is asked for, once: the answer does not end. */
  readonly path: string;
  readonly client: HttpClient;
  readonly intake: Pick<Intake, 'take'>;
  readonly pace: Pace;
  readonly log: Log;
  readonly limits?: Partial<typeof streamLimits>;
}

export const streamLimits: Readonly<Record<'silenceMs' | 'againMs' | 'partBytes', number>> = {
  /** Without a whole part for so long the stream is dead, ms: Hikvision says something every 10 s, Dahua every 5 s. */
  silenceMs: 30_000,
  /** Where the disk refuses, the part is held and tried again so often, ms. A stream says nothing twice. */
  againMs: 1000,
  partBytes: maxPartBytes,
};

/** Streams begin within so many ms of each other, not all at once after a power cut. */
const staggerMs = 2000;

/** Holds an event stream of a camera open: reads its parts, and begins again with a growing pause when it ends. */
export function startStream(parts: StreamParts): EventStream {
  const { device, path, client, intake, pace, log } = parts;
  const limits = { ...streamLimits, ...parts.limits };
  const stopping = new AbortController();
  const { signal } = stopping;
  const counts = { parts: 0, tooLong: 0, opened: 0 };
  let up = false;
  let reason: string | undefined;
  let failuresInARow = 0;
  let response: IncomingMessage | undefined;

  /** Until the part is on the disk, or in the quarantine. Meanwhile nothing more is read. */
  const keep = async (body: Buffer, contentType: string | undefined) => {
    const type = contentType === undefined ? {} : { contentType };
    const message = { topic: path, body, ...type };
    while (!signal.aborted) {
      const kept = await new Promise<boolean>((resolve) => {
        intake.take(device, message, (error) => resolve(error === null));
      });
      if (kept) return;
      await pace.wait(limits.againMs, signal);
    }
  };

  const read = async (from: IncomingMessage) => {
    const type = from.headers['content-type'] ?? '';
    const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1]?.trim();
    const reader = createPartReader(boundary, limits.partBytes);
    const chunks = from[Symbol.asyncIterator]();
    let heardMs = pace.monoMs();
    for (;;) {
      const chunk = await inTime(chunks.next(), heardMs + limits.silenceMs);
      if (chunk.done) throw new Error('The device ended the stream');
      const whole = reader.push(chunk.value as Buffer);
      for (const { body, contentType, tooLong } of whole) {
        counts.parts += 1;
        if (tooLong) counts.tooLong += 1;
        if (reason !== undefined) log.info({ device: device.id }, 'the event stream is back');
        reason = undefined;
        failuresInARow = 0;
        if (body && body.length > 0) await keep(body, contentType);
      }
      if (whole.length > 0) heardMs = pace.monoMs();
    }
  };

  const inTime = async <T>(work: Promise<T>, untilMs: number): Promise<T> => {
    const over = new AbortController();
    // A stop ends the stream, and with it the work.
    const late = pace.wait(untilMs - pace.monoMs(), over.signal).then((): never => {
      throw new Error(`No heartbeat for ${limits.silenceMs / 1000} s`);
    });
    late.catch(() => {
      // The part came first.
    });
    work.catch(() => {
      // The stream is ended behind a silence; that has been told.
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      over.abort();
    }
  };

  const run = async () => {
    await pace.wait(pace.random() * staggerMs, signal);
    while (!signal.aborted) {
      try {
        response = await client.get(path);
        counts.opened += 1;
        up = true;
        if (!signal.aborted) await read(response);
      } catch (cause) {
        if (!signal.aborted) failed(cause);
      }
      up = false;
      response?.destroy();
      response = undefined;
      const pauseMs = Math.min(reopen.longestMs, reopen.firstMs * 2 ** (failuresInARow - 1));
      await pace.wait(pauseMs * (0.5 + pace.random() / 2), signal);
    }
  };

  const failed = (cause: unknown) => {
    failuresInARow = Math.min(10, failuresInARow + 1);
    const why = cause instanceof Error ? cause.message : String(cause);
    // One line for each new reason: a camera that is off for a week must not fill the card.
    if (why !== reason) {
      log.warn({ device: device.id, err: cause }, 'the event stream failed: tried again');
    }
    reason = why;
  };

  const running = run();
  return {
    state: () => ({
      device: device.id,
      up,
      ...(reason === undefined ? {} : { reason }),
      ...counts,
    }),
    async stop() {
      stopping.abort();
      response?.destroy();
      client.close();
      await running;
    },
  };
}

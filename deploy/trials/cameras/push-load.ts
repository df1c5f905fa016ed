import { Agent, request } from 'node:http';
import { driverById } from '../../../drivers/index.ts';
import type { PassageReading } from '../../../drivers/reading.ts';

/** What cameras saw since the last `take`. */
export interface Taken {
  /** From the first byte of a push to its answer, ms. */
  readonly ms: readonly number[];
  /** Answers other than 200, and connections that broke. */
  readonly failed: number;
}

export interface Cameras {
  take(): Taken;
  stop(): Promise<void>;
}

const everyMs = 1000;
const boundary = 'picture-boundary';

/** Cameras that push a recognition with its picture every second, each on a connection of its own, not all at once. */
export function startCameras({
  address,
  cameras,
  pictureBytes,
}: {
  readonly address: string;
  readonly cameras: number;
  readonly pictureBytes: number;
}): Cameras {
  const [host = '', port = ''] = address.split(':');
  let ms: number[] = [];
  let failed = 0;
  const running = new Set<Promise<void>>();
  const agents = Array.from(
    { length: cameras },
    () => new Agent({ keepAlive: true, maxSockets: 1 }),
  );
  const picture = Buffer.alloc(pictureBytes, 0x5a);
  const base64 = picture.toString('base64').slice(0, pictureBytes);

  const push = (camera: number, n: number): Promise<void> =>
    new Promise((resolve) => {
      const { path, type, body } = pushOf(camera, n, picture, base64);
      const fromMs = performance.now();
      const said = request(
        {
          host,
          port,
          path,
          method: 'POST',
          ...(agents[camera] ? { agent: agents[camera] } : {}),
          headers: { 'content-type': type, 'content-length': body.length },
        },
        (response) => {
          response.resume();
          response.on('end', () => {
            ms.push(performance.now() - fromMs);
            if (response.statusCode !== 200) failed += 1;
            resolve();
          });
        },
      );
      said.on('error', () => {
        failed += 1;
        resolve();
      });
      said.end(body);
    });

  const timers = agents.map((_, camera) => {
    let n = 0;
    const once = () => {
      n += 1;
      const pushing = push(camera, n);
      running.add(pushing);
      void pushing.then(() => running.delete(pushing));
    };
    // Spread over the second.
    return setTimeout(
      () => {
        timers[camera] = setInterval(once, everyMs);
      },
      (camera * everyMs) / cameras,
    );
  });
  return {
    take() {
      const taken = { ms, failed };
      ms = [];
      failed = 0;
      return taken;
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running);
      for (const agent of agents) agent.destroy();
    },
  };
}

/** One push, as the driver's own simulator says it, with a picture beside or inside. */
function pushOf(camera: number, n: number, picture: Buffer, base64: string) {
  const id = camera % 2 === 0 ? 'hikvision' : 'dahua';
  const driver = driverById(id);
  const reading: PassageReading = {
    kind: 'passage',
    device: `cam-${camera}`,
    atMs: Date.now(),
    lane: 'in-1',
    direction: 'in',
    credential: 'plate',
    result: 'unknown',
    plate: `浙A${String((camera * 1000 + n) % 100_000).padStart(5, '0')}`,
    ...(id === 'hikvision' ? { event: `${camera}-${n}` } : {}),
  };
  const [message] = driver?.encode(reading, driver.options.parse({})) ?? [];
  if (!message) throw new Error(`${id} says nothing`);
  if (id === 'dahua') {
    const said = JSON.parse(Buffer.from(message.body).toString());
    said.Picture.CutoutPic = { Content: base64 };
    const body = Buffer.from(JSON.stringify(said));
    return { path: `/push/cam-${camera}${message.topic}`, type: 'application/json', body };
  }
  // The recognition is the first part of what the simulator says; the picture follows it.
  const xml = Buffer.from(message.body).toString();
  const text = xml.slice(xml.indexOf('\r\n\r\n') + 4, xml.lastIndexOf('\r\n--'));
  const body = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Type: application/xml\r\n\r\n${text}\r\n`),
    Buffer.from(`--${boundary}\r\nContent-Type: image/jpeg\r\n\r\n`),
    picture,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { path: `/push/cam-${camera}`, type: `multipart/form-data; boundary=${boundary}`, body };
}

/** The value below which this share lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

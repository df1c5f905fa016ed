import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { driverById } from '../../../drivers/index.ts';
import type { PassageReading } from '../../../drivers/reading.ts';

export interface Plan {
  readonly cameras: number;
  /** A picture's size as it goes over the wire: bytes of JPEG, or of base64. */
  readonly pictureBytes: number;
  readonly seconds: number;
  /** Plans of different rounds have no event in common: what was said before is a duplicate, and cheap. */
  readonly round: number;
  /** Around now, ms. */
  readonly fromMs: number;
}

const everyMs = 1000;
const boundary = 'picture-boundary';
/** Where a picture stands in what is encoded. */
const hole = 'PICTURE-HERE';
const headerBytes = 24;
const maxSeconds = 1000;

/** Half of the cameras are Hikvision, half Dahua. */
export const driverOfCamera = (camera: number) => (camera % 2 === 0 ? 'hikvision' : 'dahua');

/**
 * Encodes every push of a trial beforehand into a file that push-load.c reads: one of each camera every second, spread
 * over the second. Every push is new: another plate, another time.
 */
export function writePlan(
  file: string,
  { cameras, pictureBytes, seconds, round, fromMs }: Plan,
): void {
  // Noise, as a JPEG is; in base64 so much of it as has the size asked for.
  const jpeg = randomBytes(pictureBytes);
  const pictures = [jpeg, Buffer.from(jpeg.toString('base64').slice(0, pictureBytes))];
  if (seconds > maxSeconds) throw new Error(`A plan is no longer than ${maxSeconds} s`);
  const out = openSync(file, 'w');
  try {
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32LE(cameras, 0);
    header.writeUInt32LE(cameras * seconds, 4);
    writeSync(out, header);
    let at = headerBytes;
    for (let n = 0; n < seconds; n += 1) {
      for (let camera = 0; camera < cameras; camera += 1) {
        const dueMs = n * everyMs + Math.floor((camera * everyMs) / cameras);
        const push = encoded(camera, round * maxSeconds + n, fromMs, dueMs, pictureBytes);
        writeSync(out, push);
        at += push.length;
      }
    }
    for (const [i, picture] of pictures.entries()) {
      header.writeUInt32LE(at, 8 + 4 * i);
      header.writeUInt32LE(picture.length, 16 + 4 * i);
      writeSync(out, picture);
      at += picture.length;
    }
    writeSync(out, header, 0, headerBytes, 0);
  } finally {
    closeSync(out);
  }
}

/** One push as push-load.c wants it: five numbers, the bytes before the picture, and those behind it. */
function encoded(
  camera: number,
  n: number,
  fromMs: number,
  dueMs: number,
  pictureBytes: number,
): Buffer {
  const { path, type, before, behind } = pushOf(
    camera,
    n,
    fromMs + n * everyMs + (dueMs % everyMs),
  );
  const length = Buffer.byteLength(before) + pictureBytes + Buffer.byteLength(behind);
  const head = `POST ${path} HTTP/1.1\r\nHost: box\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
  const numbers = Buffer.alloc(20);
  const texts = [Buffer.from(head + before), Buffer.from(behind)] as const;
  const values = [camera, dueMs, camera % 2, texts[0].length, texts[1].length];
  for (const [i, value] of values.entries()) numbers.writeUInt32LE(value, 4 * i);
  const bytes = texts[0].length + texts[1].length;
  return Buffer.concat([numbers, ...texts, Buffer.alloc(-bytes & 3)]);
}

/** What one camera says, as the driver's own simulator says it, around a picture beside or inside. */
function pushOf(camera: number, n: number, atMs: number) {
  const id = driverOfCamera(camera);
  const driver = driverById(id);
  const reading: PassageReading = {
    kind: 'passage',
    device: `cam-${camera}`,
    atMs,
    lane: 'in-1',
    direction: 'in',
    credential: 'plate',
    result: 'unknown',
    plate: `浙A${String((camera * 1000 + n) % 100_000).padStart(5, '0')}`,
    ...(id === 'hikvision' ? { event: `${camera}-${n}` } : {}),
  };
  const [message] = driver?.encode(reading, driver.options.parse({})) ?? [];
  if (!message) throw new Error(`${id} says nothing`);
  const body = Buffer.from(message.body).toString();
  if (id === 'dahua') {
    const said = JSON.parse(body);
    said.Picture.CutoutPic = { Content: hole };
    const [before = '', behind = ''] = JSON.stringify(said).split(hole);
    const path = `/push/cam-${camera}${message.topic}`;
    return { path, type: 'application/json', before, behind };
  }
  // The recognition is the first part of what the simulator says; the picture follows it.
  const text = body.slice(body.indexOf('\r\n\r\n') + 4, body.lastIndexOf('\r\n--'));
  return {
    path: `/push/cam-${camera}`,
    type: `multipart/form-data; boundary=${boundary}`,
    before: `--${boundary}\r\nContent-Type: application/xml\r\n\r\n${text}\r\n--${boundary}\r\nContent-Type: image/jpeg\r\n\r\n`,
    behind: `\r\n--${boundary}--\r\n`,
  };
}

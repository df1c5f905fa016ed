import { CodecError } from '../driver.ts';

/** One part of a multipart body. Names of headers are in lower case. */
export interface Part {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Most parts that are looked at: a recognition has three, a piece of a stream some more. */
const maxParts = 64;

/** True where the body is multipart: by its content type, or because it begins with a boundary. */
export function isMultipart(body: Uint8Array, contentType?: string): boolean {
  return /^multipart\//i.test(contentType ?? '') || /^\s*--\S/.test(latin1(body.subarray(0, 80)));
}

/**
 * The parts of a body. Lengths are not believed, lines may end in CRLF or LF, and the boundary is what the body
 * begins with where the content type names none. Pictures may have been let go before: empty parts are fine.
 */
export function multipart(body: Uint8Array, contentType?: string): Part[] {
  const text = latin1(body);
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1]?.trim();
  const first = /^\s*(--[^\r\n]+)/.exec(text)?.[1]?.trimEnd();
  const mark = first ?? (boundary === undefined ? undefined : `--${boundary}`);
  if (mark === undefined) throw new CodecError('No boundary in a multipart body');
  const pieces = text.split(mark).slice(1, maxParts + 1);
  return pieces.flatMap((piece) => {
    if (piece.startsWith('--')) return [];
    const head = /^\r?\n([\s\S]*?)\r?\n\r?\n/.exec(piece);
    if (!head) return [];
    const content = piece.slice(head[0].length).replace(/\r?\n$/, '');
    return [{ headers: headersOf(head[1] ?? ''), body: Buffer.from(content, 'latin1') }];
  });
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

function headersOf(head: string): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0)
      headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

/** A part that the simulators send. */
export interface Sent {
  readonly type: string;
  readonly name?: string;
  readonly body: Uint8Array;
}

/** A whole body of `parts`, as cameras write it. */
export function toMultipart(boundary: string, parts: readonly Sent[]): Uint8Array {
  const chunks = parts.flatMap(({ type, name, body }) => [
    Buffer.from(
      `--${boundary}\r\n${
        name === undefined
          ? ''
          : `Content-Disposition: form-data; name="${name}"; filename="${name}"\r\n`
      }Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`,
    ),
    body,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]);
}

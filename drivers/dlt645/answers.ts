import { CodecError } from '../driver.ts';
import {
  type Frame,
  functionOf,
  identifierOf,
  isAnswer,
  isRefusal,
  moreFollows,
  reads,
} from './frame.ts';

/** What meters said in some frames, with the parts of long answers joined. */
export interface Answer {
  readonly address: string;
  readonly said:
    | { readonly kind: 'data'; readonly identifier: string; readonly data: Uint8Array }
    | { readonly kind: 'address'; readonly address: string }
    | { readonly kind: 'refusal'; readonly frame: Frame };
}

interface Open {
  readonly address: string;
  readonly identifier: string;
  readonly parts: Uint8Array[];
}

/** Reads the meter's frames among `frames`; questions (an adapter's echo) are skipped. Throws on half an answer. */
export function answersOf(frames: readonly Frame[]): Answer[] {
  const answers: Answer[] = [];
  let open: Open | null = null;
  for (const frame of frames.filter(isAnswer)) {
    const { address } = frame;
    const of = functionOf(frame);
    if (isRefusal(frame)) {
      answers.push({ address, said: { kind: 'refusal', frame } });
    } else if (of === reads.address) {
      if (frame.data.length !== 6) throw new CodecError('An address has six bytes');
      answers.push({ address, said: { kind: 'address', address: identifierOf(frame.data) } });
    } else {
      if (open) open = further(open, frame);
      else open = first(frame);
      if (moreFollows(frame)) continue;
      const { identifier, parts } = open;
      const data = Uint8Array.from(parts.flatMap((part) => [...part]));
      answers.push({ address, said: { kind: 'data', identifier, data } });
      open = null;
    }
  }
  if (open) throw new CodecError('The answer goes on, and the rest is not here');
  return answers;
}

function first(frame: Frame): Open {
  const of = functionOf(frame);
  if (of !== reads.data && of !== reads.data1997) {
    if (of === reads.more || of === reads.more1997)
      throw new CodecError('The second part of an answer without its first');
    throw new CodecError('An answer to something that is never asked');
  }
  const { identifier, rest } = split(frame, of === reads.data ? 4 : 2);
  return { address: frame.address, identifier, parts: [rest] };
}

function further(open: Open, frame: Frame): Open {
  const of = functionOf(frame);
  const edition2007 = open.identifier.length === 8;
  const { identifier, rest } = split(frame, edition2007 ? 4 : 2);
  // The 2007 edition numbers the parts, in the last byte; the first of them has no number.
  const numbered = edition2007 && of === reads.more && rest.at(-1) === open.parts.length;
  if (
    identifier !== open.identifier ||
    frame.address !== open.address ||
    !(numbered || of === reads.more1997)
  ) {
    throw new CodecError('The parts of an answer do not fit together');
  }
  open.parts.push(numbered ? rest.subarray(0, -1) : rest);
  return open;
}

function split({ data }: Frame, length: number): { identifier: string; rest: Uint8Array } {
  if (data.length < length) throw new CodecError('An answer without its identifier');
  return { identifier: identifierOf(data.subarray(0, length)), rest: data.subarray(length) };
}

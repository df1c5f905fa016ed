import { CodecError } from '../driver.ts';

/** The default alphabet of 3GPP TS 23.038, table 6.2.1; a septet is an index. 0x1B opens the extension. */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const escapeCode = 0x1b;
/** The extension table: each costs two septets. */
const extension: Readonly<Record<string, number>> = {
  '\f': 0x0a,
  '^': 0x14,
  '{': 0x28,
  '}': 0x29,
  '\\': 0x2f,
  '[': 0x3c,
  '~': 0x3d,
  ']': 0x3e,
  '|': 0x40,
  '€': 0x65,
};

const codes = new Map<string, readonly number[]>([
  ...[...basic].map((sign, code): [string, readonly number[]] => [sign, [code]]),
  ...Object.entries(extension).map(([sign, code]): [string, readonly number[]] => [
    sign,
    [escapeCode, code],
  ]),
]);
codes.delete('\u001b');
const extended = new Map(Object.entries(extension).map(([sign, code]) => [code, sign]));

/** Septets of each character; null when one of them is not in the alphabet and the text must go as UCS2. */
export function toSeptets(text: string): readonly (readonly number[])[] | null {
  const signs: (readonly number[])[] = [];
  for (const sign of text) {
    const code = codes.get(sign);
    if (!code) return null;
    signs.push(code);
  }
  return signs;
}

/** The text of septets. An unknown extension is shown as its base character (23.038, 6.2.1.1). */
export function fromSeptets(septets: readonly number[]): string {
  let text = '';
  for (let i = 0; i < septets.length; i += 1) {
    const septet = septets[i] ?? 0;
    if (septet === escapeCode) {
      i += 1;
      const next = septets[i];
      if (next !== undefined) text += extended.get(next) ?? basic[next] ?? ' ';
    } else text += basic[septet] ?? ' ';
  }
  return text;
}

/** Septets to octets, least significant bit first. `fillBits` 0 to 6: zeros after a header. */
export function pack(septets: readonly number[], fillBits = 0): number[] {
  const octets = new Array<number>(Math.ceil((septets.length * 7 + fillBits) / 8)).fill(0);
  for (const [index, septet] of septets.entries()) {
    const bit = index * 7 + fillBits;
    const at = bit >> 3;
    const wide = septet << (bit & 7);
    octets[at] = (octets[at] ?? 0) | (wide & 0xff);
    if (wide > 0xff) octets[at + 1] = (octets[at + 1] ?? 0) | (wide >> 8);
  }
  return octets;
}

/** The inverse of `pack`; throws CodecError when `octets` hold fewer than `count` septets. */
export function unpack(octets: Uint8Array, count: number, fillBits = 0): number[] {
  if (count < 0 || octets.length * 8 < count * 7 + fillBits) {
    throw new CodecError('SMS text is cut short');
  }
  const septets: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const bit = index * 7 + fillBits;
    const at = bit >> 3;
    const wide = (octets[at] ?? 0) | ((octets[at + 1] ?? 0) << 8);
    septets.push((wide >> (bit & 7)) & 0x7f);
  }
  return septets;
}

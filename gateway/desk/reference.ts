import type { Tx } from './alert-row.ts';
import { remember, remembered } from './desk-state.ts';

/** Without I and O, which are heard and read as 1 and 0. */
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const perLetter = 90;
const short = letters.length * perLetter;
const long = letters.length * 900;
const uniqueForMs = 90 * 86_400_000;

/** `A10` … `Z99`, then `A100` … `Z999`: short ones for as long as they last. */
export function referenceAt(index: number): string {
  const at = index % (short + long);
  const [n, each, first] = at < short ? [at, perLetter, 10] : [at - short, 900, 100];
  return `${letters[Math.floor(n / each)]}${first + (n % each)}`;
}

/** A reference that no alert of the last 90 days has. Beyond 23,760 alerts in that time it gets a fourth digit. */
export async function nextReference(tx: Tx, nowMs: number): Promise<string> {
  let index = Number((await remembered(tx, 'reference')) ?? 0);
  // Short ones come free again after 90 days: begin anew with them once the first is old enough.
  if (index >= short && (await isFree(tx, referenceAt(0), nowMs))) index = 0;
  for (let tries = 0; tries < 200; tries += 1, index += 1) {
    const reference = referenceAt(index);
    if (await isFree(tx, reference, nowMs)) {
      await remember(tx, 'reference', index + 1);
      return reference;
    }
  }
  await remember(tx, 'reference', index);
  return `${letters[index % letters.length]}${1000 + (index % 9000)}`;
}

async function isFree(tx: Tx, reference: string, nowMs: number): Promise<boolean> {
  const taken = await tx.get('SELECT 1 FROM alerts WHERE reference = ? AND raised_ms > ?', [
    reference,
    nowMs - uniqueForMs,
  ]);
  return taken === undefined;
}

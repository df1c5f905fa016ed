import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** Shortest and longest password, characters. Length is what counts (NIST SP 800-63B, 5.1.1.2). */
export const passwordLength = { min: 10, max: 128 } as const;
/** Fewer different characters are a pattern, not a password. */
const fewestDifferent = 5;

/** Cost of one derivation: 16 MB and about 60 ms on a Pi 4. */
const cost = { N: 16_384, r: 8, p: 1 } as const;
const saltBytes = 16;
const keyBytes = 32;
/** Derivations at once, and those that may wait: guesses must not take the memory of the box. */
const mostRunning = 2;
export const mostWaiting = 32;

let running = 0;
const waiting: Array<() => void> = [];
/** The hash of a password that nobody has; made when it is first needed. */
let nobody: Promise<string> | undefined;

/** More people log in at once than the box can check. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy';
}

/** Why a password cannot be taken; null where it can. */
export function passwordFault(password: string, name: string): 'short' | 'long' | 'simple' | null {
  const { length } = [...password];
  if (length < passwordLength.min) return 'short';
  if (length > passwordLength.max) return 'long';
  const simple =
    new Set(password).size < fewestDifferent ||
    password.toLowerCase().includes(name.toLowerCase()) ||
    isRun(password);
  return simple ? 'simple' : null;
}

/** `1234567890`, `abcdefghij`: each character follows from the one before. */
function isRun(password: string): boolean {
  const codes = [...password].map((sign) => sign.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, index) => (code - (codes[index] ?? 0) + 10) % 10);
  return steps.every((step) => step === steps[0] && (step === 1 || step === 9));
}

/** `scrypt$N$r$p$salt$key`, both parts in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const key = await derive(password, salt);
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString('base64')}$${key.toString('base64')}`;
}

/** Whether `password` is the stored one. Without a stored one it takes as long and is false: names cannot be tried out by the clock. */
export async function matches(stored: string | undefined, password: string): Promise<boolean> {
  nobody ??= hashPassword(randomBytes(saltBytes).toString('hex'));
  const [, , , , salt = '', key = ''] = (stored || (await nobody)).split('$');
  const wanted = Buffer.from(key, 'base64');
  const made = await derive(password, Buffer.from(salt, 'base64'));
  const equal = wanted.length === made.length && timingSafeEqual(wanted, made);
  return Boolean(stored) && equal;
}

async function derive(password: string, salt: Buffer): Promise<Buffer> {
  if (running < mostRunning) running += 1;
  else {
    if (waiting.length >= mostWaiting) throw new TooBusy('Too many passwords wait to be checked');
    await new Promise<void>((turn) => waiting.push(turn));
  }
  try {
    return await new Promise((resolve, reject) => {
      const done = (error: Error | null, key: Buffer) => (error ? reject(error) : resolve(key));
      scrypt(password.normalize('NFKC'), salt, keyBytes, cost, done);
    });
  } finally {
    // The place goes to the next one in the queue, not to whoever comes just now.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

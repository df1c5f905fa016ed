import { createHash, randomInt } from 'node:crypto';

/** Without 0, O, 1, I, L and U: read aloud over the telephone and typed on a phone. */
const signs = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const groups = 3;
const groupLength = 4;

/** `7KQM-2XTD-9RPA`: 58 bits, which no number of allowed tries comes near. */
export const oneTimeCode = (): string =>
  Array.from({ length: groups }, () =>
    Array.from({ length: groupLength }, () => signs[randomInt(signs.length)]).join(''),
  ).join('-');

/** As it is compared: without case, spaces and hyphens. */
export const plainCode = (code: string): string => code.toUpperCase().replace(/[\s-]/g, '');

/** As it is kept; 58 random bits need no slow hash. */
export const codeDigest = (code: string): string =>
  createHash('sha256').update(plainCode(code)).digest('base64url');

import { expect, test } from 'vitest';
import { base32, keyUri, stepOf, stepOfCode, totp } from './totp.ts';

/** RFC 6238, appendix B: the seed is the digits 1234567890, as long as the hash wants it. */
const seed = (length: number) => Buffer.from('1234567890'.repeat(7).slice(0, length));
const vectors = [
  [59, '94287082', '46119246', '90693936'],
  [1111111109, '07081804', '68084774', '25091201'],
  [1111111111, '14050471', '67062674', '99943326'],
  [1234567890, '89005924', '91819424', '93441116'],
  [2000000000, '69279037', '90698825', '38618901'],
  [20000000000, '65353130', '77737706', '47863826'],
] as const;

test.each(vectors)('the codes of RFC 6238 at %i s', (atS, sha1, sha256, sha512) => {
  const step = stepOf(atS * 1000);
  expect(totp(seed(20), step, { digits: 8 })).toBe(sha1);
  expect(totp(seed(32), step, { digits: 8, hash: 'sha256' })).toBe(sha256);
  expect(totp(seed(64), step, { digits: 8, hash: 'sha512' })).toBe(sha512);
});

test('a code is good half a minute before and after its own, and no longer', () => {
  const atMs = 1234567890_000;
  const code = totp(seed(20), stepOf(atMs));
  expect(code).toBe('005924');
  expect(stepOfCode(seed(20), code, atMs)).toBe(stepOf(atMs));
  expect(stepOfCode(seed(20), code, atMs + 30_000)).toBe(stepOf(atMs));
  expect(stepOfCode(seed(20), code, atMs - 30_000)).toBe(stepOf(atMs));
  expect(stepOfCode(seed(20), code, atMs + 60_000)).toBeUndefined();
  expect(stepOfCode(seed(20), '00592', atMs)).toBeUndefined();
  expect(stepOfCode(seed(20), '００５９２４', atMs)).toBeUndefined();
});

test('base32 is that of RFC 4648', () => {
  const texts = ['f', 'fo', 'foo', 'foob', 'fooba', 'foobar'];
  expect(texts.map((text) => base32(Buffer.from(text)))).toEqual([
    'MY',
    'MZXQ',
    'MZXW6',
    'MZXW6YQ',
    'MZXW6YTB',
    'MZXW6YTBOI',
  ]);
});

test('the address in the QR code names the village and the account', () => {
  expect(keyUri(seed(20), '杜巷小区', '主任')).toBe(
    'otpauth://totp/%E6%9D%9C%E5%B7%B7%E5%B0%8F%E5%8C%BA:%E4%B8%BB%E4%BB%BB?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E6%9D%9C%E5%B7%B7%E5%B0%8F%E5%8C%BA&algorithm=SHA1&digits=6&period=30',
  );
});

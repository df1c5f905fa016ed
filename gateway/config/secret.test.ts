import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { missingSecrets, readSecret } from './secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-secret-'));
const credentials = join(folder, 'credentials');
mkdirSync(credentials);
writeFileSync(join(folder, 'm017.password'), 'from a file\n');
writeFileSync(join(credentials, 'cam-1.password'), 'from systemd\r\n');
afterEach(() => vi.unstubAllEnvs());

test('a secret comes from a file beside the configuration, without its line end', () => {
  expect(readSecret({ passwordFile: 'm017.password' }, folder)).toBe('from a file');
  expect(readSecret({ passwordFile: join(folder, 'm017.password') }, '/')).toBe('from a file');
});

test('or from a credential that systemd hands to the service, which is in no file of the configuration', () => {
  expect(() => readSecret({ passwordFile: 'cam-1.password' }, folder)).toThrow(
    'Cannot read the password file cam-1.password',
  );
  vi.stubEnv('CREDENTIALS_DIRECTORY', credentials);
  expect(readSecret({ passwordFile: 'cam-1.password' }, folder)).toBe('from systemd');
});

test('the one in the configuration counts first; none at all is none', () => {
  expect(readSecret({ password: 'here', passwordFile: 'm017.password' }, folder)).toBe('here');
  expect(readSecret({}, folder)).toBeUndefined();
});

test('every secret that cannot be read is known before the start, by its key; the PIN of a SIM does not stop it', () => {
  const config = {
    broker: { users: [{ passwordFile: 'm017.password' }, { passwordFile: 'gone.password' }] },
    sms: { modem: { pinFile: 'pin' } },
    robots: [{ url: 'https://example.org', secretFile: 'robot' }],
  };
  expect(missingSecrets(config, folder)).toEqual([
    {
      key: 'broker.users.1.passwordFile',
      place: join(folder, 'gone.password'),
      stopsStart: true,
    },
    { key: 'sms.modem.pinFile', place: join(folder, 'pin'), stopsStart: false },
    { key: 'robots.0.secretFile', place: join(folder, 'robot'), stopsStart: true },
  ]);
});

test('a missing file is told by its name, and nothing of what was tried', () => {
  vi.stubEnv('CREDENTIALS_DIRECTORY', credentials);
  const failed = () => readSecret({ passwordFile: 'gone.password' }, folder);
  expect(failed).toThrow(/gone\.password/);
  expect(failed).not.toThrow(credentials);
  rmSync(folder, { recursive: true });
});

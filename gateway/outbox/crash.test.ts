import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { crashTrial } from './crash-trial.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Beside node_modules, so that the packages are found. */
const out = resolve(here, '../../node_modules/.cache/gatehouse-crash');
/** Every point in the full run, some of them in the short one. */
const isFull = Boolean(process.env.GATEHOUSE_FULL);
const stride = isFull ? 1 : 6;
// What hangs is ended; how fast the machine is does not matter here.
vi.setConfig({ testTimeout: isFull ? 3_600_000 : 300_000 });

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(here, 'crash-child.ts'),
      outDir: out,
      target: 'node20',
      emptyOutDir: true,
      rollupOptions: { output: { entryFileNames: 'child.mjs' } },
    },
  });
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('killed at any step of the alert path: no message is lost, at most one is doubled, and it says so', async () => {
  const childFile = join(out, 'child.mjs');
  const { kills, ...found } = await crashTrial({ childFile, stride });
  expect(found).toMatchObject({ lost: [], doubled: [], wrong: [] });
  expect(kills).toBeGreaterThan(isFull ? 50 : 8);
});

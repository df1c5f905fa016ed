import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Beside node_modules, so that the packages are found. */
const out = resolve(here, '../../node_modules/.cache/gatehouse-crash');
/** Every point in the full run, some of them in the short one. */
const isFull = Boolean(process.env.GATEHOUSE_FULL);
const every = isFull ? 1 : 6;
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

interface Run {
  readonly killed: boolean;
  readonly step: number;
  readonly states: readonly string[];
}

const child = (folder: string, killAt: number): Promise<Run> =>
  new Promise((resolve, reject) => {
    const one = spawn(process.execPath, [join(out, 'child.mjs'), folder, String(killAt)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    let errors = '';
    one.stdout.on('data', (more) => {
      text += more;
    });
    one.stderr.on('data', (more) => {
      errors += more;
    });
    one.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve({ killed: true, step: killAt, states: [] });
      else if (code === 0) resolve({ killed: false, ...JSON.parse(text) });
      else reject(new Error(errors.slice(0, 2000)));
    });
  });

const left = (folder: string): readonly { readonly name: string; readonly text: string }[] => {
  const file = join(folder, 'left.txt');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
};

test('killed at any step of the alert path: no message is lost, at most one is doubled, and it says so', async () => {
  const base = mkdtempSync(join(tmpdir(), 'crash-'));
  try {
    const whole = join(base, 'whole');
    mkdirSync(whole);
    const full = await child(whole, 0);
    expect(full.states).toEqual(['delivered', 'delivered', 'delivered']);
    expect(left(whole)).toHaveLength(3);
    expect(full.step).toBeGreaterThan(50);

    for (let killAt = 1; killAt <= full.step; killAt += every) {
      const folder = join(base, String(killAt));
      mkdirSync(folder);
      expect((await child(folder, killAt)).killed).toBe(true);
      const after = await child(folder, 0);
      // `sent`: it left, and the crash took its report. It is not sent again for that.
      for (const state of after.states) {
        expect(['delivered', 'sent'], `killed at ${killAt}`).toContain(state);
      }
      const messages = left(folder);
      const of = (name: string) => messages.filter((one) => one.name === name);
      for (const name of ['sms', 'robot', 'upstream']) {
        expect(of(name).length, `${name}, killed at ${killAt}`).toBeGreaterThanOrEqual(1);
      }
      // One crash, one doubled message for each that was under way; here each channel has one.
      for (const name of ['sms', 'robot']) {
        const texts = of(name).map(({ text }) => text);
        expect(texts.length, `${name}, killed at ${killAt}`).toBeLessThanOrEqual(2);
        if (texts.length === 2) expect(texts[1]).toContain('(重发)');
      }
      rmSync(folder, { recursive: true });
    }
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { devicesPage } from './devices-page.ts';
import { drivers } from './index.ts';

const written = () => readFileSync(new URL('../docs/devices.md', import.meta.url), 'utf8');

test('docs/devices.md is what the drivers say; npm run docs writes it anew', async () => {
  const page = devicesPage(drivers);
  expect(written()).toBe(page);
});

test('the page names every driver, what it cannot, and where its facts come from', () => {
  const page = devicesPage(drivers);
  for (const { id, title, lacks, sources } of drivers) {
    expect(page).toContain(`## ${id}\n`);
    for (const text of [title.zh, title.en, lacks.zh, lacks.en, ...sources]) {
      expect(page).toContain(text);
    }
  }
});

test('what opens and what handles persons is told in the table', () => {
  const rows = devicesPage(drivers).split('\n');
  const row = (id: string) => rows.find((line) => line.startsWith(`| [\`${id}\`]`));
  expect(row('vzenith')).toContain('开闸 open');
  expect(row('platerecognizer')).not.toContain('开闸 open');
  expect(row('mqtt-face')).toContain('默认关闭 off');
});

import { resolve } from 'node:path';
import { Command } from 'commander';
import { type Loaded, loadConfig } from '../config/load.ts';
import { deviceTable, examineDevices } from '../doctor/devices.ts';
import { askRunning } from '../doctor/running.ts';
import { examineStore } from '../doctor/store.ts';
import { examineBus } from '../wires/poll/examine.ts';
import { settingsOf } from './options.ts';
import { writeLine } from './output.ts';

interface Options {
  readonly config?: string;
  readonly data?: string;
}

const marks = { ok: '✓', warn: '!', bad: '✗' } as const;
/** Where no configuration says otherwise. */
const homeZone = 'Asia/Shanghai';

/** `gatehouse doctor`: what is wrong with this box, and how to mend it. Changes nothing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what is wrong with this box and how to mend it; changes nothing')
    .option('--config <file>', 'gateway.yaml')
    .option('--data <dir>', "the data directory; the configuration's if absent")
    .action(async ({ config, data }: Options) => {
      const given = config === undefined ? undefined : loadConfig(config);
      const settings = given ?? (data === undefined ? await settingsOf({}) : undefined);
      const dataDir = data !== undefined ? resolve(data) : (settings?.dataDir ?? '');
      const checks = [
        ...(await examineStore(dataDir, Date.now())),
        ...(await Promise.all((given?.config.buses ?? []).map(examineBus))),
      ];
      for (const { state, zh, en } of checks) await writeLine(`${marks[state]} ${zh}\n  ${en}`);
      await writeDevices(dataDir, settings);
      if (checks.some(({ state }) => state === 'bad')) process.exitCode = 1;
    });
}

async function writeDevices(dataDir: string, settings: Loaded | undefined): Promise<void> {
  const listen = settings?.config.console.listen;
  const live = listen === undefined ? null : await askRunning(listen);
  const found = await examineDevices(dataDir, settings?.devices ?? null, live);
  if (!found || found.lines.length === 0) return;
  const zone = settings?.config.site.timeZone ?? homeZone;
  for (const line of ['', ...deviceTable(found.lines, found.untilMs, zone)]) await writeLine(line);
  if (live) return;
  const [zh, en] =
    listen === undefined
      ? ['没有给 --config', 'no --config was given']
      : [`${listen} 没有应答`, `nobody answers at ${listen}`];
  await writeLine(
    `每分钟消息数只有运行中的网关知道（${zh}），见“设备”页或 /metrics。\n  Messages a minute are known to a running box only (${en}): see its devices page, or /metrics.`,
  );
}

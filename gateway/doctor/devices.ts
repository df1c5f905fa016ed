import type { Device } from '../config/device.ts';
import {
  type DeviceFigures,
  deviceFigures,
  type StoredFigures,
} from '../journal/device-figures.ts';
import { openStored } from '../journal/stored.ts';
import { openStoredKeys } from '../privacy/keys.ts';
import { nobody } from '../wires/intake.ts';
import type { LiveFigures } from './running.ts';
import { columns } from './text.ts';

/** A device as the doctor shows it. */
export interface DeviceLine extends DeviceFigures {
  readonly driver?: string;
  /** True: it is not in the configuration. */
  readonly unlisted: boolean;
  /** Nothing for three of its intervals and five minutes, as the rule `device.offline` counts. */
  readonly silent: boolean;
  readonly live?: LiveFigures;
}

const leastSilentMs = 300_000;
const silentIntervals = 3;
/** A clock that is off by this much moves a reading into another minute. */
const skewMs = 60_000;
/** Longest reason in a line, characters. */
const longestReason = 160;

/** What a store tells of the devices, with `devices` of the configuration if there is one; null where there is no store that can be read. */
export async function examineDevices(
  dataDir: string,
  devices: readonly Device[] | null,
  live: ReadonlyMap<string, LiveFigures> | null,
): Promise<{ readonly untilMs?: number; readonly lines: readonly DeviceLine[] } | null> {
  let stored: StoredFigures;
  try {
    const store = await openStored(dataDir);
    try {
      const names = (devices ?? []).map(({ id }) => id);
      stored = await deviceFigures(store, openStoredKeys(dataDir), names);
    } finally {
      await store.close();
    }
  } catch {
    // Missing, damaged, no keys: each was told of already.
    return null;
  }
  const { untilMs } = stored;
  const configured = new Map((devices ?? []).map((device) => [device.id, device]));
  const lines = stored.devices.flatMap((figures): DeviceLine[] => {
    const device = configured.get(figures.device);
    // Whoever was taken from the wall long ago is nobody's trouble.
    if (!device && figures.day === 0 && figures.rejected === 0) return [];
    const alive = live?.get(figures.device);
    const limitMs = Math.max(leastSilentMs, silentIntervals * (device?.intervalS ?? 0) * 1000);
    const silent = figures.lastMs === undefined || (untilMs ?? 0) - figures.lastMs > limitMs;
    return [
      {
        ...figures,
        ...(device ? { driver: device.driver.id } : {}),
        unlisted: devices !== null && !device && figures.device !== nobody,
        silent,
        ...(alive ? { live: alive } : {}),
      },
    ];
  });
  return { ...(untilMs === undefined ? {} : { untilMs }), lines };
}

const isTroubled = ({ silent, rejected, skewMs: skew = 0, unlisted }: DeviceLine): boolean =>
  silent || rejected > 0 || Math.abs(skew) > skewMs || unlisted;

/** A table for people, troubled devices first; times by the clock of the zone. */
export function deviceTable(
  lines: readonly DeviceLine[],
  untilMs: number | undefined,
  timeZone: string,
): string[] {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const sorted = [...lines].sort(
    (a, b) => Number(isTroubled(b)) - Number(isTroubled(a)) || (a.device < b.device ? -1 : 1),
  );
  const rows = sorted.map((one) => [
    isTroubled(one) ? '!' : '✓',
    one.device === nobody ? '（共用主题 shared topic）' : one.device,
    one.driver ?? (one.unlisted ? '（未配置 not configured）' : '—'),
    one.lastMs === undefined ? '—' : clock.format(one.lastMs),
    String(one.hour),
    String(one.day),
    one.live?.perMinute === undefined ? '—' : String(one.live.perMinute),
    skewOf(one),
    String(one.rejected),
    (one.lastReason ?? '').slice(0, longestReason),
  ]);
  const until = untilMs === undefined ? '—' : clock.format(untilMs);
  return [
    `设备（存储截至 ${until}）`,
    `  Devices (what is stored, until ${until})`,
    ...columns([
      [
        '',
        '设备',
        '驱动',
        '最后读数',
        '1小时',
        '24小时',
        '每分钟',
        '时钟差',
        '24小时被拒',
        '最近原因',
      ],
      [
        '',
        'device',
        'driver',
        'last reading',
        '1 h',
        '24 h',
        'a minute',
        'skew',
        'refused 24 h',
        'newest reason',
      ],
      ...rows,
    ]),
  ];
}

/** The newest the box knows: seconds, with a sign. */
function skewOf({ live, skewMs: stored }: DeviceLine): string {
  const ms = live?.skewMs ?? stored;
  if (ms === undefined) return '—';
  const tenths = Math.round(ms / 100);
  return `${tenths < 0 ? '-' : '+'}${(Math.abs(tenths) / 10).toFixed(1)} s`;
}

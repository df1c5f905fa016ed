import { statfs } from 'node:fs/promises';
import type { Site } from '../../rules/site.ts';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config/schema.ts';
import { keepFigures } from '../desk/boards.ts';
import { deskFigures, reportingDay } from '../desk/daily-figures.ts';
import { dailyReport } from '../desk/daily-report.ts';
import { internalMonth, publicMonth } from '../desk/monthly-report.ts';
import { lastReportDay, type ReportKind, saveReport } from '../desk/reports.ts';
import { periodFigures, weeklyReport } from '../desk/weekly-report.ts';
import type { Health } from '../health/health.ts';
import type { Journal } from '../journal/contract.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { DeviceState } from '../wires/intake.ts';
import { boardFigures } from './board-input.ts';
import { gateFigures } from './gate-figures.ts';
import { loadFigures } from './load-figures.ts';
import { monthBefore, monthInput } from './month-input.ts';

export interface ReportParts {
  readonly config: GatewayConfig;
  readonly site: Site;
  readonly gate: Sqlite;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly dataDir: string;
  readonly devices: () => readonly DeviceState[];
  readonly health: () => Health;
}

/** Makes reports and keeps them; the same rows give the same bytes, however often it is asked. */
export interface Reports {
  /** Local date of the newest report of a kind; undefined when there is none. */
  last(kind: ReportKind): Promise<string | undefined>;
  /** The hand-over on the morning of `day`. */
  daily(day: string): Promise<void>;
  /** The week that ended before the last Monday up to `day`; nothing where it is there, or the box is younger. */
  weekly(day: string): Promise<void>;
  /** The month that ended before the first of the month of `day`, for everybody and for the committee. */
  monthly(day: string): Promise<void>;
}

/** A device that has said nothing for so long counts as offline, ms. */
const silentMs = 900_000;

/** Quarters are reckoned when their hour is over and packed: the hour before a report is not there yet, ms. */
const packedMs = 3_600_000;

export function createReports(parts: ReportParts): Reports {
  const { config, site, gate, journal, clock, devices } = parts;
  const { timeZone: zone } = config.site;
  const save = (kind: ReportKind, day: string, report: Parameters<typeof saveReport>[1]) =>
    saveReport(gate, { ...report, kind, day }, clock.nowMs());
  const isSilent = ({ lastMs }: Pick<DeviceState, 'lastMs'>) =>
    lastMs === undefined || clock.nowMs() - lastMs > silentMs;
  /** True where that period is reported on, or ended before the box began to report at all. */
  const needsNone = async (kind: ReportKind, day: string) => {
    if (((await lastReportDay(gate, kind)) ?? '') >= day) return true;
    const first = await gate.get<{ day: string | null }>(
      "SELECT MIN(day) AS day FROM reports WHERE kind = 'daily'",
    );
    return !first?.day || first.day >= day;
  };

  return {
    last: (kind) => lastReportDay(gate, kind),

    async daily(day) {
      const { fromMs, toMs } = reportingDay(day, zone);
      const states = devices();
      const report = dailyReport({
        village: site.name,
        zone,
        day,
        desk: await deskFigures(gate, day, zone),
        ...defined('load', await loadFigures(journal, site, fromMs - packedMs, toMs - packedMs)),
        ...defined('gate', await gateFigures({ journal, gate, site }, day, zone)),
        health: {
          devices: states.length,
          devicesOffline: states.filter(isSilent).length,
          restarts: await restarts(gate, fromMs, toMs),
          clockTrusted: parts.health().parts.every(({ name, ok }) => name !== 'clock' || ok),
          storageFreePercent: await freePercent(parts.dataDir),
        },
      });
      await save('daily', day, { ...report, kind: 'daily', day });
    },

    async weekly(asked) {
      const day = mondayUpTo(asked);
      if (await needsNone('weekly', day)) return;
      const report = weeklyReport(site.name, await periodFigures(gate, day, 7, zone));
      await save('weekly', day, { ...report, kind: 'weekly', day });
    },

    async monthly(asked) {
      const day = `${asked.slice(0, 7)}-01`;
      if (await needsNone('monthly', day)) return;
      const states = devices();
      const silent = new Set(states.filter(isSilent).map(({ device }) => device));
      const input = await monthInput(
        {
          village: site.name,
          zone,
          gate,
          journal,
          site,
          devices: states,
          isSilent: (device) => silent.has(device),
        },
        day,
      );
      await keepFigures(
        gate,
        monthBefore(day).slice(0, 7),
        await boardFigures({ gate, journal, site, zone }, day),
        clock.nowMs(),
      );
      await save('public', day, { ...publicMonth(input), kind: 'public', day });
      await save('monthly', day, { ...internalMonth(input), kind: 'monthly', day });
    },
  };
}

const defined = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };

/** The day itself where it is a Monday, or the last one before it. */
export function mondayUpTo(day: string): string {
  const atMs = Date.parse(`${day}T00:00:00Z`);
  const since = (new Date(atMs).getUTCDay() + 6) % 7;
  return new Date(atMs - since * 86_400_000).toISOString().slice(0, 10);
}

async function restarts(gate: Sqlite, fromMs: number, toMs: number): Promise<number> {
  const row = await gate.get<{ n: number }>(
    "SELECT COUNT(*) AS n FROM alerts WHERE rule = 'system.restart' AND raised_ms >= ? AND raised_ms < ?",
    [fromMs, toMs],
  );
  return row?.n ?? 0;
}

/** Share of the card that is free, per cent; undefined where the file system does not say. */
async function freePercent(path: string): Promise<number | undefined> {
  const { bavail, blocks } = await statfs(path).catch(() => ({ bavail: 0, blocks: 0 }));
  return blocks === 0 ? undefined : (100 * bavail) / blocks;
}

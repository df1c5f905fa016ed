import { join } from 'node:path';
import { rules as allRules } from '../rules/index.ts';
import type { Clock } from './clock.ts';
import type { Loaded } from './config/load.ts';
import { readSecret } from './config/secret.ts';
import { type Console, startConsole } from './console/server.ts';
import { startDaily } from './daily.ts';
import { createDesk } from './desk/desk.ts';
import { drillMissing } from './desk/drill.ts';
import { hasSms } from './desk/tell.ts';
import { startEngine } from './engine/engine.ts';
import { judgedSeq } from './engine/judged-seq.ts';
import { boxFindings } from './health/box-findings.ts';
import { busWatches } from './health/bus-watches.ts';
import { drillWatch } from './health/drill-watch.ts';
import { type Health, healthOf } from './health/health.ts';
import { type Backlog, backlogOf, ownWatches, processorC } from './health/own-watches.ts';
import { privacyWatches } from './health/privacy-watches.ts';
import { startCompactor } from './journal/compactor.ts';
import { openJournal } from './journal/journal.ts';
import { loadMigrations } from './journal/migrations.ts';
import { overdueRows } from './journal/retention.ts';
import { sealOldPassages } from './journal/seal-old.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { gateMigrations } from './migrations.ts';
import { startOutbound } from './outbox/outbound.ts';
import { pruneConsents } from './privacy/consents.ts';
import { provePurge } from './privacy/proof.ts';
import { requestsDue } from './privacy/requests.ts';
import { createReports } from './reports/reports.ts';
import { openSqlite } from './store/sqlite.ts';
import { openStore } from './store/store.ts';
import { type Carriers, createCommander } from './wires/commands.ts';
import type { GpioState } from './wires/gpio/device.ts';
import { startGpio } from './wires/gpio/wire.ts';
import { createHttpCarrier } from './wires/http/carrier.ts';
import type { Login } from './wires/http/login.ts';
import { startPushListener } from './wires/http/push.ts';
import { startStreams } from './wires/http/streams.ts';
import { createIntake, type DeviceState } from './wires/intake.ts';
import { mqttCarrier, startMqtt } from './wires/mqtt.ts';
import { type Buses, startBuses } from './wires/poll/buses.ts';

export interface GatewayParts {
  readonly settings: Loaded;
  /** The box's time; simulated in the demonstration. */
  readonly clock: Clock;
  /** Real time: what waits on sockets does not run faster because a demonstration does. */
  readonly realClock: Clock;
  readonly log: Log;
  /** How many times faster than real `clock` runs; 1 but for the demonstration. */
  readonly speed: number;
  readonly demo: boolean;
  /** Port of the simulated modem. */
  readonly simulatedModem?: string;
  /** The disk lies: the process must end now and be started anew. */
  readonly onFatal: (error: Error) => void;
}

export interface Gateway {
  /** HOST:PORT each. */
  readonly mqtt: string;
  readonly http: string;
  /** Where devices push over HTTP; undefined where none do. */
  readonly push: string | undefined;
  readonly console: Console;
  health(): Health;
  /** How every device is doing. */
  devices(): readonly DeviceState[];
  stop(): Promise<void>;
}

const deskTickMs = 1000;
const journalTickMs = 10_000;

/** Starts a whole gateway: every part is built here once, in the order in which data flows. */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const { settings, clock, realClock, log, speed } = parts;
  const { config, site, devices, baseDir, dataDir } = settings;
  const undo: Array<() => unknown> = [];
  const stop = async () => {
    while (undo.length > 0) await undo.pop()?.();
  };
  const every = (ms: number, work: () => unknown) => {
    const timer = setInterval(work, Math.max(20, ms / speed));
    undo.push(() => clearInterval(timer));
  };
  try {
    const store = await openStore({
      dataDir,
      keysDir: config.keysDir,
      load: loadMigrations,
      gate: gateMigrations,
      nowMs: clock.nowMs(),
    });
    undo.push(store.close);
    const reader = await openSqlite(join(dataDir, 'load.db'), { walAutoCheckpoint: 0 });
    undo.push(reader.close);
    const journal = await openJournal({
      store,
      reader,
      clock,
      windowMs: config.journal.windowMs,
      reserveBytes: config.journal.reserveMb * 1e6,
      leastSeq: await judgedSeq(store.gate),
      onFatal: parts.onFatal,
    });
    undo.push(journal.close);

    // Before any device is heard: what an earlier version wrote in clear would not be known again when it is sent again.
    await sealOldPassages(store.gate, store.keys).catch((cause) =>
      log.error({ err: cause }, 'passages of an earlier version are not sealed yet'),
    );
    const desk = await createDesk({ gate: store.gate, config, site, clock, keys: store.keys, log });
    const engine = await startEngine({
      site,
      rules: settings.rules,
      journal,
      gate: store.gate,
      desk,
      log,
      monoMs: realClock.monoMs,
    });
    undo.push(engine.stop);
    const { rawDays, rollupDays, passageDays, plateHours, quarantineMb } = config.journal;
    const keep = { rawDays, rollupDays, passageDays, plateHours, quarantineMb };
    const compactor = startCompactor({
      dataDir,
      gate: store.gate,
      clock,
      keep,
      onPurged: (purged, atMs) => provePurge(store.gate, purged, atMs),
      keepFromSeq: engine.keepFromSeq,
      onError: (error) => log.error({ err: error }, 'past hours could not be packed: tried again'),
    });
    undo.push(compactor.stop);
    const { simulatedModem } = parts;
    const outbound = await startOutbound({
      gate: store.gate,
      desk,
      config,
      baseDir,
      keys: store.keys,
      clock,
      log,
      ...(simulatedModem === undefined ? {} : { simulatedModem }),
    });
    undo.push(outbound.stop);

    let carriers: Carriers = {};
    const commander = createCommander({ devices, carriers: () => carriers, clock: realClock });
    journal.onGroup(commander.watch);
    const intake = createIntake({ devices, journal, clock, log, onMessage: commander.hear });
    let wires: () => Readonly<Record<string, number>> = () => ({});
    let buses: Pick<Buses, 'states'> = { states: () => [] };
    let pins: () => readonly GpioState[] = () => [];
    const metrics = createMetrics({
      journal,
      desk,
      engine,
      wires: () => wires(),
      devices: intake.states,
      buses: () => buses.states(),
      gpio: () => pins(),
      signalDbm: () => outbound.modem()?.signalDbm ?? undefined,
    });
    undo.push(metrics.stop);
    const health = () => healthOf({ journal, engine, outbound, clock });
    let overdue = 0;
    let due: Awaited<ReturnType<typeof requestsDue>> = null;
    let undrilled: string | null = null;
    let dated = false;
    const checkDates = async () => {
      // What was known stays known while nobody knows the date.
      if (!clock.trusted()) return;
      dated = true;
      const nowMs = clock.nowMs();
      overdue = await overdueRows(store.gate, keep, nowMs);
      due = await requestsDue(store.gate, nowMs);
      undrilled = hasSms({ config })
        ? await drillMissing(store.gate, nowMs, config.site.timeZone)
        : null;
      await pruneConsents(store.gate, nowMs);
    };
    let backlog: Backlog | null = null;
    let temperatureC: number | undefined;
    every(ownCheckMs, () => {
      const look = async () => {
        backlog = config.upstream ? await backlogOf(store.gate) : null;
        temperatureC = await processorC();
      };
      look().catch((cause) => log.error({ err: cause }, 'the box cannot look at itself'));
    });
    const lookAtDates = () =>
      checkDates().catch((cause) => log.error({ err: cause }, 'dates cannot be looked at'));
    // At once too: what was wrong before a restart is said again before it is taken for over.
    await lookAtDates();
    every(datesCheckMs, lookAtDates);
    const own = ownWatches({
      nowMs: clock.nowMs,
      backlog: () => backlog,
      processorC: () => temperatureC,
    });
    const ofPeople = privacyWatches({
      clock,
      utcOffsetMs: site.utcOffsetMs,
      reviewBy: config.faces?.reviewBy,
      overdueRows: () => overdue,
      requestsDue: () => due,
      devices: intake.states,
    });
    const ofBuses = busWatches({
      buses: config.buses,
      site,
      states: () => buses.states(),
      nowMs: clock.nowMs,
      monoMs: realClock.monoMs,
    });
    const { lastKeptMs } = engine;
    const box = boxFindings({
      clock,
      health,
      notices: store.notices,
      outbound,
      journal,
      damaged: () => Math.max(journal.stats().damaged, compactor.damaged()),
      lastKeptMs,
      more: [...own, ...ofBuses, ...ofPeople, drillWatch(() => undrilled)],
    });
    every(deskTickMs, () => {
      if (!dated && clock.trusted()) void lookAtDates();
      desk.tick(clock.nowMs()).catch((cause) => log.error({ err: cause }, 'the desk cannot write'));
      for (const finding of box.look()) {
        desk
          .system(finding, clock.nowMs())
          .catch((cause) => log.error({ err: cause }, 'the desk cannot write'));
      }
    });
    every(journalTickMs, journal.tick);

    const console = await startConsole({
      config,
      site,
      rules: settings.rules,
      journal,
      desk,
      gate: store.gate,
      clock,
      realClock,
      log,
      metrics: metrics.text,
      health,
      devices: intake.states,
      buses: () => buses.states(),
      gpio: () => pins(),
      strangers: intake.strangers,
      commander,
      demo: parts.demo,
      keys: store.keys,
      dataDir,
      modem: outbound.modem,
    });
    undo.push(console.stop);
    const reports = createReports({
      config,
      site,
      gate: store.gate,
      journal,
      clock,
      dataDir,
      devices: intake.states,
      health,
    });
    // The week and the month look each day whether theirs is due: a box that was off makes up for it.
    for (const [kind, at] of [
      ['daily', config.reports.dailyAt],
      ['weekly', weeklyAt],
      ['monthly', monthlyAt],
    ] as const) {
      const due = startDaily({
        at,
        timeZone: config.site.timeZone,
        utcOffsetMs: site.utcOffsetMs,
        clock,
        log,
        lastRun: () => reports.last(kind),
        run: reports[kind],
      });
      undo.push(due.stop);
      if (speed !== 1) every(60_000, due.check);
    }

    // Last: no reading may arrive before everything stands that it passes through.
    const broker = await startMqtt({ settings, intake, journal, clock, realClock, log });
    undo.push(broker.stop);
    let pushed: () => Readonly<Record<string, number>> = () => ({});
    let push: string | undefined;
    if (config.http) {
      const listener = await startPushListener({
        listen: config.http.listen,
        bodyBytes: config.http.bodyLimitMb * 1e6,
        devices,
        logins: loginsOf(settings),
        intake,
        clock: realClock,
        log,
      });
      undo.push(listener.stop);
      pushed = listener.stats;
      push = listener.address;
    }
    const polled = startBuses({ settings, intake, log });
    undo.push(polled.stop);
    buses = polled;
    const streams = startStreams({ settings, intake, log });
    undo.push(streams.stop);
    const gpio = startGpio({ devices, intake, clock: realClock, log });
    undo.push(gpio.stop);
    pins = gpio.states;
    const told = createHttpCarrier({ settings, hear: commander.hear, monoMs: clock.monoMs });
    undo.push(told.close);
    carriers = { mqtt: mqttCarrier(broker), gpio: gpio.carrier, http: told, 'http-poll': told };
    wires = () => ({
      ...broker.stats(),
      ...pushed(),
      ...streams.stats(),
      strangers: intake.strangers().length,
    });
    log.info({ rules: allRules.length, devices: devices.length }, 'the gateway serves');
    return {
      mqtt: broker.address,
      http: console.address,
      push,
      console,
      health,
      devices: intake.states,
      stop,
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** How warm the box is and what waits for the platform is looked at so often, ms. */
const ownCheckMs = 30_000;
/** Whether the purge has kept up, and requests are due, is looked at so often, ms. */
const datesCheckMs = 600_000;
/** When the committee's reports are made, local time (alerts and messages, 9.2 and 9.3). */
const weeklyAt = '08:30';
const monthlyAt = '09:00';

/** What devices that push over HTTP log in with. */
const loginsOf = ({ config, baseDir }: Loaded): ReadonlyMap<string, Login> =>
  new Map(
    config.devices.flatMap(({ id, http }) => {
      const password = http && readSecret(http, baseDir);
      return http && password !== undefined
        ? [[id, { username: http.username, password, basic: http.basic }] as const]
        : [];
    }),
  );

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { readingKinds } from '../drivers/reading.ts';
import type { Desk } from './desk/contract.ts';
import type { Engine } from './engine/engine.ts';
import type { Journal } from './journal/contract.ts';
import type { GpioState } from './wires/gpio/device.ts';
import type { DeviceState } from './wires/intake.ts';
import type { BusState } from './wires/poll/rounds.ts';

/** What the metrics are taken from; nothing of it names a person, a plate or a number. */
export interface Measured {
  readonly journal: Journal;
  readonly desk: Pick<Desk, 'pending'>;
  readonly engine: Engine;
  /** Messages that were refused, unknown devices, connections: figures of the wires. */
  readonly wires: () => Readonly<Record<string, number>>;
  /** How every device is doing. */
  readonly devices: () => readonly DeviceState[];
  /** Polled buses. */
  readonly buses: () => readonly BusState[];
  /** Devices on the box's own pins. */
  readonly gpio: () => readonly GpioState[];
  /** Signal of the modem, dBm; undefined where unknown. */
  readonly signalDbm?: () => number | undefined;
}

export interface Metrics {
  /** Prometheus text format. */
  text(): Promise<string>;
  stop(): void;
}

/** Counters are read where they are kept, at each scrape: nothing is counted twice on the hot path. */
export function createMetrics({
  journal,
  desk,
  engine,
  wires,
  devices,
  buses,
  gpio,
  signalDbm,
}: Measured): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 10 });
  const registers = [registry];

  const counter = (
    name: string,
    help: string,
    labelNames: string[],
    read: (set: (value: number, labels?: Record<string, string>) => void) => void | Promise<void>,
  ) =>
    new Counter({
      name: `gatehouse_${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        this.reset();
        await read((value, labels) => (labels ? this.inc(labels, value) : this.inc(value)));
      },
    });
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    read: (set: (value: number, labels?: Record<string, string>) => void) => void | Promise<void>,
  ) =>
    new Gauge({
      name: `gatehouse_${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        await read((value, labels) => (labels ? this.set(labels, value) : this.set(value)));
      },
    });

  counter('readings_total', 'Readings kept since the start', ['kind'], (set) => {
    for (const kind of readingKinds) set(journal.stats().readings[kind], { kind });
  });
  counter('duplicates_total', 'Readings that had been kept before', [], (set) =>
    set(journal.stats().duplicates),
  );
  counter('quarantined_total', 'Messages that could not be read', [], (set) =>
    set(journal.stats().quarantined),
  );
  counter('journal_commits_total', 'Flushes of the journal', [], (set) =>
    set(journal.stats().commits),
  );
  counter('findings_total', 'Changes of findings since the start', ['rule'], (set) => {
    for (const [rule, n] of engine.counts()) set(n, { rule });
  });
  gauge('journal_healthy', '1 while the journal accepts', [], (set) =>
    set(journal.stats().healthy ? 1 : 0),
  );
  gauge('journal_pending_readings', 'Readings that wait for a flush', [], (set) =>
    set(journal.stats().pendingReadings),
  );
  gauge('disk_free_bytes', 'Free space where the store lives', [], (set) =>
    set(journal.stats().freeBytes),
  );
  gauge('store_bytes', 'Size of the store', [], (set) => set(journal.stats().storedBytes));
  gauge('engine_behind', 'Groups of findings that wait for the desk', [], (set) =>
    set(engine.behind()),
  );
  gauge('engine_tail_groups', 'Groups on the disk that the rules have not seen yet', [], (set) =>
    set(engine.catchingUp()?.groups ?? 0),
  );
  gauge('outbox_pending', 'Messages that wait', ['channel'], async (set) => {
    for (const [channel, n] of Object.entries(await desk.pending())) set(n, { channel });
  });
  gauge('wires', 'Figures of the wires', ['what'], (set) => {
    for (const [what, n] of Object.entries(wires())) set(n, { what });
  });
  gauge('device', 'Figures of the devices', ['device', 'what'], (set) => {
    for (const state of devices()) {
      const { device, messages, perMinute, readings, rejected, dropped, minors } = state;
      const { lastMs, skewMs } = state;
      const figures = { messages, perMinute, readings, rejected, dropped, minors, lastMs, skewMs };
      for (const [what, n] of Object.entries(figures))
        if (n !== undefined) set(n, { device, what });
    }
  });
  gauge('bus', 'Figures of the polled buses', ['bus', 'what'], (set) => {
    for (const state of buses()) {
      const { bus, up, deafForMs, answered, unanswered, failures, refusedByDisk, roundMs } = state;
      const { devices } = state;
      const silent = devices.filter((device) => device.silent).length;
      const figures = {
        up: up ? 1 : 0,
        deafForMs,
        devices: devices.length,
        silentDevices: silent,
        answered,
        ...unanswered,
        failures,
        refusedByDisk,
        roundMs,
      };
      for (const [what, n] of Object.entries(figures)) set(n, { bus, what });
    }
  });
  gauge('gpio', "Figures of the box's own pins", ['device', 'what'], (set) => {
    for (const { device, up, failures, edges, bounces, pulses, pulsesRefused } of gpio()) {
      const figures = { up: up ? 1 : 0, failures, edges, bounces, pulses, pulsesRefused };
      for (const [what, n] of Object.entries(figures)) set(n, { device, what });
    }
  });
  gauge('modem_signal_dbm', 'Signal of the modem', [], (set) => {
    const dbm = signalDbm?.();
    if (dbm !== undefined) set(dbm);
  });

  const fsync = new Histogram({
    name: 'gatehouse_journal_fsync_seconds',
    help: 'How long a flush took, from BEGIN to the disk',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
    registers,
  });
  journal.onFlush((seconds) => fsync.observe(seconds));

  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  gauge(
    'event_loop_delay_p99_ms',
    'How late timers were since the last scrape, 99th percentile',
    [],
    (set) => {
      // The histogram counts the timer's own 5 ms as well.
      set(Math.max(0, delay.percentile(99) / 1e6 - 5));
      delay.reset();
    },
  );

  return { text: () => registry.metrics(), stop: () => delay.disable() };
}

import { z } from 'zod';
import { driverById } from '../../drivers/index.ts';
import type { ArmedRule } from '../../rules/fold.ts';
import { armRules } from '../../rules/fold.ts';
import { rules } from '../../rules/index.ts';
import type { Site } from '../../rules/site.ts';
import { incomplete, misplaced, mistakable } from './bus.ts';
import { type Device, toDevice } from './device.ts';
import { GatewayConfig } from './schema.ts';
import { confusable } from './shared.ts';

/** A configuration that has been understood: what every part of the box is built from. */
export interface Settings {
  readonly config: GatewayConfig;
  readonly site: Site;
  readonly devices: readonly Device[];
  readonly rules: readonly ArmedRule[];
}

/** One mistake in a configuration: where, and what to do about it. */
export interface Mistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type Parsed =
  | { readonly settings: Settings; readonly mistakes?: never }
  | { readonly settings?: never; readonly mistakes: readonly Mistake[] };

/** Understands a configuration, or says everything that is wrong with it at once. */
export function parseSettings(source: unknown): Parsed {
  const parsed = GatewayConfig.safeParse(source);
  if (!parsed.success)
    return { mistakes: parsed.error.issues.flatMap((issue) => toMistakes(issue)) };
  const config = parsed.data;
  const mistakes: Mistake[] = [...doubles(config), ...references(config), ...places(config)];
  const devices = parseDevices(config, mistakes);
  const armed = parseRules(config, mistakes);
  mistakes.push(...faceOnlyLanes(config, devices), ...lookalikes(config, devices));
  if (mistakes.length > 0) return { mistakes };
  return { settings: { config, devices, rules: armed, site: toSite(config, devices) } };
}

function toMistakes(issue: z.core.$ZodIssue): Mistake[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `Unknown key: correct its spelling or remove it`,
    }));
  }
  return [{ path, message: issue.message }];
}

function doubles(config: GatewayConfig): Mistake[] {
  const lists = ['points', 'lanes', 'buses', 'devices', 'people'] as const;
  return lists.flatMap((list) => {
    const seen = new Set<string>();
    return config[list].flatMap(({ id }, index) => {
      const double = seen.has(id);
      seen.add(id);
      return double ? [{ path: [list, index, 'id'], message: `The id ${id} is used twice` }] : [];
    });
  });
}

function references(config: GatewayConfig): Mistake[] {
  const points = new Set(config.points.map(({ id }) => id));
  const lanes = new Set(config.lanes.map(({ id }) => id));
  const buses = new Set(config.buses.map(({ id }) => id));
  const missing = (known: Set<string>, id: string | undefined) =>
    id !== undefined && !known.has(id);
  const mistakes: Mistake[] = [];
  for (const [index, { parent }] of config.points.entries()) {
    if (missing(points, parent)) {
      mistakes.push({ path: ['points', index, 'parent'], message: `No point is called ${parent}` });
    }
  }
  const devices = new Set(config.devices.map(({ id }) => id));
  for (const [index, { speaksFor = [] }] of config.broker.users.entries()) {
    for (const [n, id] of speaksFor.entries()) {
      if (missing(devices, id)) {
        const path = ['broker', 'users', index, 'speaksFor', n];
        mistakes.push({ path, message: `No device is called ${id}` });
      }
    }
  }
  for (const [index, bus] of config.buses.entries()) {
    const lack = incomplete(bus, config.buses);
    if (lack) mistakes.push({ path: ['buses', index, lack[0]], message: lack[1] });
  }
  for (const [index, { point, lane, bus, http }] of config.devices.entries()) {
    const path = ['devices', index];
    if (http && http.password === undefined && http.passwordFile === undefined)
      mistakes.push({ path: [...path, 'http'], message: 'Name its password or passwordFile' });
    if (missing(points, point))
      mistakes.push({ path: [...path, 'point'], message: `No point is called ${point}` });
    if (missing(lanes, lane))
      mistakes.push({ path: [...path, 'lane'], message: `No lane is called ${lane}` });
    if (missing(buses, bus))
      mistakes.push({ path: [...path, 'bus'], message: `No bus is called ${bus}` });
  }
  return mistakes;
}

const loopback = /^(127\.|localhost:|\[::1\])/;

function places(config: GatewayConfig): Mistake[] {
  const mistakes: Mistake[] = [];
  if (config.broker.anonymous && !loopback.test(config.broker.listen)) {
    const message =
      'Anonymous log-in is for the bench: listen on 127.0.0.1, or set it to false and list users';
    mistakes.push({ path: ['broker', 'anonymous'], message });
  }
  try {
    utcOffsetMs(config.site.timeZone);
  } catch {
    mistakes.push({
      path: ['site', 'timeZone'],
      message: `No such time zone: ${config.site.timeZone}`,
    });
  }
  return mistakes;
}

function parseDevices(config: GatewayConfig, mistakes: Mistake[]): Device[] {
  const lanes = new Map(config.lanes.map((lane) => [lane.id, lane]));
  const buses = new Map(config.buses.map((bus) => [bus.id, bus]));
  return config.devices.flatMap((source, index) => {
    const driver = driverById(source.driver);
    if (!driver) {
      const message = `No driver is called ${source.driver}; docs/devices.md lists them`;
      mistakes.push({ path: ['devices', index, 'driver'], message });
      return [];
    }
    if (driver.personal && !config.faces) {
      const message = `${driver.id} handles persons and is off: it needs the key faces with an impact assessment`;
      mistakes.push({ path: ['devices', index, 'driver'], message });
      return [];
    }
    const options = driver.options.safeParse(source.options ?? {});
    if (!options.success) {
      for (const issue of options.error.issues) {
        for (const { path, message } of toMistakes(issue)) {
          mistakes.push({ path: ['devices', index, 'options', ...path], message });
        }
      }
      return [];
    }
    const direction = (source.lane && lanes.get(source.lane)?.direction) || 'unknown';
    const bus = source.bus === undefined ? undefined : buses.get(source.bus);
    // A bus that is named but not there has been told already.
    const message = source.bus && !bus ? null : misplaced(driver, bus);
    if (message !== null) {
      mistakes.push({ path: ['devices', index, 'bus'], message });
      return [];
    }
    const asked = bus?.kind !== 'http' || driver.polls?.(options.data).length !== 0;
    // A camera that pushes may stand on a bus only to be told to open.
    const told = driver.command?.({ kind: 'open', id: '', atMs: 0 }, options.data, source.id);
    if (!asked && !told) {
      const nothing = `${driver.id} asks for nothing with these options; docs/devices.md lists them`;
      mistakes.push({ path: ['devices', index, 'options'], message: nothing });
      return [];
    }
    // What is polled speaks as often as it is asked.
    const intervalS = source.intervalS ?? (asked ? bus?.everyS : undefined);
    return [toDevice({ ...source, intervalS }, driver, options.data, direction)];
  });
}

function parseRules(config: GatewayConfig, mistakes: Mistake[]): readonly ArmedRule[] {
  try {
    return armRules(rules, config.rules);
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    for (const issue of cause.issues) {
      for (const { path, message } of toMistakes(issue))
        mistakes.push({ path: ['rules', ...path], message });
    }
    return [];
  }
}

function lookalikes(config: GatewayConfig, devices: readonly Device[]): Mistake[] {
  return [...mistakable(devices), ...confusable(devices, config.broker)].map(
    ([{ id }, message]) => {
      const index = config.devices.findIndex((source) => source.id === id);
      return { path: ['devices', index, 'options'], message };
    },
  );
}

/** PR-04: nobody may be made to show a face (Shanghai Data Regulations, arts. 22 and 23). */
function faceOnlyLanes(config: GatewayConfig, devices: readonly Device[]): Mistake[] {
  return config.lanes.flatMap((lane, index) => {
    const here = devices.filter((device) => device.lane === lane.id);
    if (lane.staffed || !here.some(({ driver }) => driver.personal)) return [];
    if (here.some(({ driver }) => !driver.personal && driver.kinds.includes('passage'))) return [];
    const message = `Lane ${lane.id} can be passed by face only: add another credential, or set staffed to true`;
    return [{ path: ['lanes', index], message }];
  });
}

function toSite(config: GatewayConfig, devices: readonly Device[]): Site {
  return {
    name: config.site.name,
    utcOffsetMs: utcOffsetMs(config.site.timeZone),
    points: config.points.map(({ title, ...point }) => ({
      ...(defined(point) as typeof point),
      title: title ?? point.id,
    })),
    lanes: config.lanes.map((lane) => defined(lane)),
    buses: config.buses.map(({ id, title }) => defined({ id, title })),
    devices: devices.map(({ id, title, point, lane, bus, driver, intervalS }) => ({
      id,
      title,
      ...(point === undefined ? {} : { point }),
      lane,
      ...(bus === undefined ? {} : { bus }),
      kinds: driver.kinds,
      ...(driver.personal ? { personal: true } : {}),
      intervalS,
    })),
    ...(config.site.parkingPlaces ? { parking: { places: config.site.parkingPlaces } } : {}),
  } as Site;
}

/** Without the keys that are present but undefined, which zod leaves behind. */
function defined<T extends object>(source: T): T {
  return Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined)) as T;
}

/** Local time minus UTC of a zone, ms; its winter time where it has two. China has one. */
export function utcOffsetMs(timeZone: string): number {
  const winterMs = Date.UTC(2026, 0, 1);
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(winterMs);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return (
    Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute')) - winterMs
  );
}

import { z } from 'zod';
import type { PowerReading, Reading, ReadingKind } from '../drivers/reading.ts';
import { readingKinds } from '../drivers/reading.ts';
import { type Doubt, withDoubt } from './doubt.ts';
import type { Finding } from './finding.ts';
import { proven } from './proven.ts';
import type { Draft, Figure, Input, Rule, Subject } from './rule.ts';
import type { Site } from './site.ts';

export type Mode = 'live' | 'shadow' | 'off';

/** One rule with its settings, ready to run. */
export interface ArmedRule {
  readonly rule: Rule;
  readonly config: unknown;
  readonly mode: Mode;
}

/** All of the fold's memory, as plain JSON: for checkpoints. `version` changes when a rule's state does. */
export interface Snapshot {
  readonly version: number;
  readonly states: Readonly<Record<string, unknown>>;
}

/** Rules over readings: the same inputs give the same findings, wherever and whenever it runs. */
export interface Fold {
  /** Findings that this input decided; empty as a rule. The array belongs to the caller. */
  take(input: Input): readonly Finding[];
  /** Shares memory with the fold: write it out before the next `take`. */
  snapshot(): Snapshot;
  /** Takes a snapshot's states for every rule and subject that still exists; others start anew. */
  restore(snapshot: Snapshot): void;
  /** How many states are kept. */
  size(): number;
}

/** Bump when the meaning of any rule's state changes: older checkpoints are then folded anew. */
export const snapshotVersion = 4;

interface Station {
  readonly key: string;
  /** Its rule's: asked for once, for rules have many shapes and this is the hottest call of all. */
  readonly step: Rule['step'];
  readonly config: unknown;
  readonly subject: Subject;
  readonly emit: (draft: Draft) => void;
  readonly ready: unknown;
  state: unknown;
}

/** Who is told of a device's readings, in the order of the rules. */
interface Route extends Record<ReadingKind, Station[]> {
  /** Of `power`, those that want it whatever it carries. */
  readonly plain: Station[];
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const Mode = z.enum(['live', 'shadow', 'off']);
const nothing: readonly Finding[] = [];
/** A member by name is found slowly where readings have many shapes. */
const figureOf: Readonly<Record<Figure, (reading: PowerReading) => number | undefined>> = {
  residualMa: ({ residualMa }) => residualMa,
  temperatureC: ({ temperatureC }) => temperatureC,
};

/** A new or changed rule records what it would send, and sends nothing, until it is proven or gateway.yaml says `mode: live`. */
export const startingMode = ({ id, version = 1 }: Pick<Rule, 'id' | 'version'>): Mode =>
  proven[id] === version ? 'live' : 'shadow';

/** Reads the `rules:` part of the configuration. Throws ZodError whose paths begin with the rule's id. */
export function armRules(
  rules: readonly Rule[],
  overrides: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): readonly ArmedRule[] {
  const issues: z.core.$ZodIssue[] = [];
  const known = new Set(rules.map((rule) => rule.id));
  for (const id of Object.keys(overrides)) {
    if (known.has(id)) continue;
    const message = `Unknown rule; known are ${[...known].sort().join(', ')}`;
    issues.push({ code: 'custom', path: [id], message, input: undefined });
  }
  const armed = rules.map((rule): ArmedRule => {
    const { mode: rawMode, ...settings } = overrides[rule.id] ?? {};
    const mode = Mode.safeParse(rawMode ?? startingMode(rule));
    const config = rule.config.safeParse(settings);
    for (const issue of mode.error?.issues ?? [])
      issues.push({ ...issue, path: [rule.id, 'mode'] });
    for (const issue of config.error?.issues ?? []) {
      issues.push({ ...issue, path: [rule.id, ...issue.path] });
    }
    return { rule, config: config.data, mode: mode.data ?? 'off' };
  });
  if (issues.length > 0) throw new z.ZodError(issues);
  return armed;
}

/** Builds every state that `site` gives cause for and routes inputs to them. */
export function createFold(site: Site, armed: readonly ArmedRule[]): Fold {
  const stations: Station[] = [];
  const ticking: Station[] = [];
  /** Those that want ticks, and those that want some of them once an hour. */
  const hourly: Station[] = [];
  const clocked: Station[] = [];
  const routes = new Map<string, Route>();
  const hearing = new Map<string, Station[]>();
  /** Figures that some rule waits for. */
  const choosy: Array<(typeof figureOf)[Figure]> = [];
  let findings: Finding[] = [];

  for (const { rule, config, mode } of armed) {
    if (mode === 'off') continue;
    const { step } = rule;
    const doubt = rule.doubt?.(config);
    for (const figure of rule.figures ?? []) {
      if (!choosy.includes(figureOf[figure])) choosy.push(figureOf[figure]);
    }
    for (const subject of subjectsOf(rule, site)) {
      if (rule.applies && !rule.applies(subject, config)) continue;
      const shadow = mode === 'shadow';
      const emit = (draft: Draft) => findings.push(toFinding(rule, subject, draft, shadow, doubt));
      const state = rule.initial(subject, config);
      const ready = rule.prepare?.(subject, config);
      const key = `${rule.id}/${subject.id}`;
      const station: Station = { key, step, config, subject, emit, ready, state };
      stations.push(station);
      if (rule.wants.includes('tick')) ticking.push(station);
      if (rule.wants.includes('tick') || rule.wants.includes('hour')) hourly.push(station);
      if (rule.wants.includes('tick') || rule.wants.includes('clock')) clocked.push(station);
      for (const heard of rule.hears ?? []) {
        const key = `${heard}/${subject.scope === 'site' ? '' : subject.id}`;
        const listeners = hearing.get(key);
        if (listeners) listeners.push(station);
        else hearing.set(key, [station]);
      }
      for (const device of devicesOf(subject)) {
        const route = routes.get(device) ?? emptyRoute();
        routes.set(device, route);
        for (const kind of readingKinds) if (rule.wants.includes(kind)) route[kind].push(station);
        if (rule.wants.includes('power') && !rule.figures) route.plain.push(station);
      }
    }
  }

  const run = (targets: readonly Station[], input: Input) => {
    for (let i = 0; i < targets.length; i += 1) {
      const { step, state, subject, config, emit, ready } = targets[i] as Station;
      step(state, input, subject, config, emit, ready);
    }
    if (findings.length === 0) return nothing;
    const out = findings;
    findings = [];
    if (hearing.size === 0) return out;
    for (const finding of [...out]) {
      for (const station of listenersOf(finding)) {
        const { step, state, subject, config, emit, ready } = station;
        const input = { kind: 'finding', atMs: finding.atMs, finding } as const;
        step(state, input, subject, config, emit, ready);
      }
    }
    out.push(...findings);
    findings = [];
    return out;
  };

  const listenersOf = ({ rule, point, lane, device }: Finding): readonly Station[] => [
    ...(hearing.get(`${rule}/${point ?? lane ?? device}`) ?? []),
    ...(hearing.get(`${rule}/`) ?? []),
  ];

  /** Most meters carry none of the figures that some rules wait for: those rules are not even asked. */
  const isPlain = (reading: PowerReading): boolean => {
    for (const figure of choosy) if (figure(reading) !== undefined) return false;
    return true;
  };

  return {
    take(input) {
      if (input.kind === 'finding') return nothing;
      if (input.kind === 'tick')
        return run(input.atMs % hourMs < minuteMs ? hourly : ticking, input);
      if (input.kind === 'start' || input.kind === 'clock') return run(clocked, input);
      const route = routes.get(input.device);
      if (!route) return nothing;
      const isOfPower = input.kind === 'power' && isPlain(input);
      return run(isOfPower ? route.plain : route[input.kind], input);
    },
    snapshot: () => ({
      version: snapshotVersion,
      states: Object.fromEntries(stations.map(({ key, state }) => [key, state])),
    }),
    restore({ version, states }) {
      if (version !== snapshotVersion) return;
      for (const station of stations) {
        const kept = states[station.key];
        // By way of text: arrays of figures are kept as such then. structuredClone makes arrays of anything, each figure in a box of its own.
        if (kept !== undefined) station.state = JSON.parse(JSON.stringify(kept));
      }
    },
    size: () => stations.length,
  };
}

function emptyRoute(): Route {
  return { power: [], plain: [], passage: [], barrier: [], presence: [], status: [] };
}

function subjectsOf(rule: Rule, site: Site): Subject[] {
  switch (rule.scope) {
    case 'site':
      return [{ scope: 'site', id: 'site', site }];
    case 'device':
      return site.devices.map((device) => ({ scope: 'device', id: device.id, device, site }));
    case 'lane':
      return site.lanes.map((lane) => {
        const devices = site.devices.filter((device) => device.lane === lane.id);
        return { scope: 'lane', id: lane.id, lane, devices, site };
      });
    case 'point': {
      const byPoint = groupByPoint(site);
      return site.points.map((point) => {
        return { scope: 'point', id: point.id, point, devices: byPoint.get(point.id) ?? [], site };
      });
    }
  }
}

/** Node 20 has no Map.groupBy. */
function groupByPoint(site: Site): Map<string | undefined, Site['devices'][number][]> {
  const groups = new Map<string | undefined, Site['devices'][number][]>();
  for (const device of site.devices) {
    const group = groups.get(device.point);
    if (group) group.push(device);
    else groups.set(device.point, [device]);
  }
  return groups;
}

function devicesOf(subject: Subject): string[] {
  switch (subject.scope) {
    case 'site':
      return subject.site.devices.map((device) => device.id);
    case 'device':
      return [subject.device.id];
    case 'lane':
    case 'point':
      return subject.devices.map((device) => device.id);
  }
}

function toFinding(
  rule: Rule,
  subject: Subject,
  draft: Draft,
  shadow: boolean,
  doubt: Doubt | undefined,
): Finding {
  const { sinceMs, atMs, text } = draft;
  const { utcOffsetMs } = subject.site;
  const doubted = doubt && draft.change !== 'cleared';
  const phase = draft.phase ? `/${draft.phase}` : '';
  const about = draft.point ?? draft.lane ?? draft.device ?? subject.id;
  return {
    id: `${rule.id}/${about}${phase}/${draft.sinceMs}`,
    rule: rule.id,
    ...(subject.scope === 'site' ? {} : { [subject.scope]: subject.id }),
    ...draft,
    ...(doubted ? { text: withDoubt(text, doubt, { sinceMs, atMs, utcOffsetMs }) } : {}),
    ...(shadow ? { shadow: true as const } : {}),
  };
}

/** True for a reading that may still act now: not replayed by the device. */
export const isLive = (reading: Reading): boolean =>
  reading.kind !== 'passage' || reading.replayed !== true;

import type { PowerReading } from '../../drivers/reading.ts';
import type { Random } from '../random.ts';
import { roomDay, roomFixtures, type Season } from './appliances.ts';
import { pluggedInS, randomCharge } from './charger.ts';
import { createKeeps } from './keeps.ts';
import type { Run } from './load.ts';
import { mainsVoltage } from './mains.ts';

/** What flows in one phase. */
export interface PhaseState {
  readonly voltageV: number;
  readonly currentA: number;
  readonly powerW: number;
  readonly powerFactor: number;
  readonly thdPercent: number;
  readonly reactiveVar: number;
}

/** A charge that really took place. */
export interface Session {
  readonly room: number;
  readonly phase: 0 | 1 | 2;
  readonly charger: string;
  readonly corrected: boolean;
  /** s since the first midnight. */
  readonly fromS: number;
  readonly toS: number;
}

export interface HousePlan {
  readonly rooms: number;
  readonly phases: 1 | 3;
  readonly season: Season;
  /** Charges a night, over the whole house. */
  readonly chargesPerNight: number;
  /** Share of the computers without correction; see appliances.ts. */
  readonly oldComputers?: number;
  /** True: rooms keep their e-bikes and computers from day to day. Else both are drawn anew each day. */
  readonly keeps?: boolean;
}

/** One house, day after day. Ask in the order of time: it keeps what is switched on at hand. */
export interface House {
  /** All phases at `s` seconds after the first midnight. */
  at(s: number): readonly PhaseState[];
  /** One room alone. */
  room(index: number, s: number): PhaseState;
  /** Charges that began before `s`. */
  sessions(): readonly Session[];
  /** Puts something in: a scenario's charge, a recorded one, a heater. */
  plug(room: number, run: Run): void;
}

interface Plugged {
  readonly run: Run;
  readonly room: number;
}

const dayS = 86_400;

export function createHouse(random: Random, plan: HousePlan): House {
  const phaseOf = (room: number): 0 | 1 | 2 => (plan.phases === 3 ? ((room % 3) as 0 | 1 | 2) : 0);
  const voltages = Array.from({ length: plan.phases }, (_, i) =>
    mainsVoltage(random.fork(`mains${i}`)),
  );
  const waiting: Plugged[] = [];
  let active: Plugged[] = [];
  let planned = 0;
  const sessions: Session[] = [];

  const plug = (room: number, run: Run) => {
    waiting.push({ run, room });
    waiting.sort((a, b) => b.run.fromS - a.run.fromS);
    if (!run.charging) return;
    const { charger, corrected } = run.charging;
    sessions.push({
      room,
      phase: phaseOf(room),
      charger,
      corrected,
      fromS: run.fromS,
      toS: run.toS,
    });
  };

  const keeps = plan.keeps ? createKeeps(random.fork('keeps'), plan) : null;
  const planDay = (day: number) => {
    const today = random.fork(`day${day}`);
    const later = (run: Run): Run => ({
      ...run,
      fromS: run.fromS + day * dayS,
      toS: run.toS + day * dayS,
    });
    for (let room = 0; room < plan.rooms; room += 1) {
      if (day === 0)
        for (const run of roomFixtures(random.fork(`fixtures${room}`))) waiting.push({ run, room });
      const old = keeps ? keeps.oldComputers(room) : plan.oldComputers;
      for (const run of roomDay(today.fork(`room${room}`), plan.season, old))
        waiting.push({ run: later(run), room });
    }
    if (keeps) for (const { room, run } of keeps.charges(today)) plug(room, later(run));
    else chargeAnywhere(today, later);
    waiting.sort((a, b) => b.run.fromS - a.run.fromS);
  };

  /** Every charge in some room, with some battery. */
  const chargeAnywhere = (today: Random, later: (run: Run) => Run) => {
    let charges = Math.floor(plan.chargesPerNight);
    if (today.chance(plan.chargesPerNight - charges)) charges += 1;
    for (let i = 0; i < charges; i += 1) {
      plug(
        today.integer(0, plan.rooms - 1),
        later(randomCharge(today.fork(`charge${i}`), pluggedInS(today))),
      );
    }
  };

  const advance = (s: number) => {
    while (planned <= Math.floor(s / dayS)) {
      planDay(planned);
      planned += 1;
    }
    for (let next = waiting.at(-1); next && next.run.fromS <= s; next = waiting.at(-1)) {
      active.push(next);
      waiting.pop();
    }
    if (active.some(({ run }) => run.toS <= s)) active = active.filter(({ run }) => run.toS > s);
  };

  const sum = (s: number, phase: number, room: number | null): PhaseState => {
    const voltageV = voltages[phase]?.(s) ?? 220;
    let powerW = 0;
    let reactiveVar = 0;
    let harmonicA = 0;
    for (const { run, room: at } of active) {
      // Two meters of a house are asked one after the other: the second may be a step behind.
      if (s < run.fromS || (room === null ? phaseOf(at) !== phase : at !== room)) continue;
      const { displacement, lagging, thd, resistive } = run.nature;
      const watt = run.powerW(s - run.fromS) * (resistive ? (voltageV / 220) ** 2 : 1);
      const apparent = watt / displacement;
      const reactive = Math.sqrt(Math.max(0, apparent * apparent - watt * watt));
      powerW += watt;
      reactiveVar += lagging ? reactive : -reactive;
      // Third harmonics of capacitor-input rectifiers are nearly in phase: they add; higher ones partly cancel.
      harmonicA += 0.93 * thd * (apparent / voltageV);
    }
    const fundamentalA = Math.hypot(powerW, reactiveVar) / voltageV;
    const currentA = Math.hypot(fundamentalA, harmonicA);
    const apparentVa = voltageV * currentA;
    return {
      voltageV,
      currentA,
      powerW,
      powerFactor: apparentVa > 0.5 ? Math.min(1, powerW / apparentVa) : 1,
      thdPercent: fundamentalA > 0.02 ? (100 * harmonicA) / fundamentalA : 0,
      reactiveVar,
    };
  };

  return {
    at(s) {
      advance(s);
      return voltages.map((_, phase) => sum(s, phase, null));
    },
    room(index, s) {
      advance(s);
      return sum(s, phaseOf(index), index);
    },
    sessions: () => sessions,
    plug,
  };
}

/** What a meter can say. */
export type Metering = 'P' | 'PF' | 'THD';

/** A meter's words: rounded to its digits, with what it measures and no more. */
export function meterReading(
  device: string,
  atMs: number,
  phases: readonly PhaseState[],
  metering: Metering,
): PowerReading {
  const total = phases.reduce((sum, { powerW }) => sum + powerW, 0);
  if (metering === 'P') return { kind: 'power', device, atMs, powerW: round(total, 0) };
  return {
    kind: 'power',
    device,
    atMs,
    powerW: round(total, 1),
    phases: phases.map(({ voltageV, currentA, powerW, powerFactor, thdPercent }) => ({
      voltageV: round(voltageV, 1),
      currentA: round(currentA, 2),
      powerW: round(powerW, 1),
      powerFactor: round(powerFactor, 2),
      ...(metering === 'THD' ? { thdPercent: round(thdPercent, 1) } : {}),
    })),
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

import type { Random } from '../random.ts';
import { corrected, heater, motor, type Nature, type Run, rectifier } from './load.ts';

/** The weather decides what runs. */
export type Season = 'mild' | 'summer' | 'winter';

const hourS = 3600;
const dayS = 86_400;

/** Small moves that every load makes. A cheap, repeatable wobble: no state between calls. */
function wobble(random: Random): (s: number) => number {
  const [p1, p2, a, b] = [
    random.between(20, 60),
    random.between(200, 900),
    random.between(0, 6),
    random.between(0, 6),
  ];
  return (s) => 0.6 * Math.sin(s / p1 + a) + 0.4 * Math.sin(s / p2 + b);
}

/** On for `onS` of every `periodS`, both wandering a little, as compressors and thermostats do. */
function cycling(
  random: Random,
  watt: number,
  onS: number,
  periodS: number,
): (s: number) => number {
  const offsetS = random.between(0, periodS);
  const move = wobble(random);
  return (s) => {
    const slow = 1 + 0.12 * Math.sin((s + offsetS) / 7000);
    const at = (s + offsetS) % (periodS * slow);
    return at < onS ? watt * (1 + 0.03 * move(s)) * (at < 3 ? 1.6 : 1) : 0;
  };
}

const flat = (random: Random, watt: number): ((s: number) => number) => {
  const move = wobble(random);
  return (s) => watt * (1 + 0.012 * move(s));
};

/** A screen's power follows the picture. */
const jumpy = (random: Random, watt: number): ((s: number) => number) => {
  const move = wobble(random);
  return (s) => watt * (1 + 0.18 * move(s * 3) + 0.08 * Math.sin(s * 1.7));
};

/**
 * An inverter air conditioner starts high, settles into what the room needs within half an hour, and drifts with
 * the weather all night: in the band of a charger, and falling slowly. The main false alarm.
 */
function inverter(random: Random): (s: number) => number {
  const fullW = random.between(600, 1100);
  const settledW = random.between(140, 380);
  const tauS = random.between(600, 2200);
  const driftS = random.between(9000, 30_000);
  const phase = random.between(0, 6);
  const move = wobble(random);
  return (s) => {
    const needed =
      settledW * (1 + 0.3 * Math.sin(s / driftS + phase) - 0.25 * Math.min(1, s / 20_000));
    return Math.max(90, needed + (fullW - settledW) * Math.exp(-s / tauS)) * (1 + 0.02 * move(s));
  };
}

const run = (
  name: string,
  nature: Nature,
  fromS: number,
  lastsS: number,
  powerW: (s: number) => number,
): Run => ({
  name,
  nature,
  fromS,
  toS: fromS + lastsS,
  powerW,
});

const hour = (random: Random, mean: number, deviation: number): number =>
  Math.min(Math.max(random.normal(mean, deviation), 0), 23.9) * hourS;

/** What stands in one rented room and is never switched off: the same fridge every day. Times in s since the first midnight. */
export function roomFixtures(random: Random): Run[] {
  const forever = Number.POSITIVE_INFINITY;
  const runs = [run('router', rectifier(1.1), 0, forever, flat(random, random.between(6, 14)))];
  if (random.chance(0.45)) {
    const old = random.chance(0.8);
    const watt = random.between(62, 150);
    runs.push(
      run(
        'fridge',
        old ? motor : { ...motor, displacement: 0.8, thd: 0.3 },
        0,
        forever,
        old
          ? cycling(random, watt, random.between(600, 1300), random.between(2200, 3600))
          : flat(random, watt * 0.35),
      ),
    );
  }
  if (random.chance(0.06))
    runs.push(run('aquarium', motor, 0, forever, flat(random, random.between(60, 180))));
  return runs;
}

/**
 * What is switched on in one rented room on one day; what runs through the night ends the next morning. One or two
 * people who work, cook, wash and sleep; who is at home when is up to `random`. `oldComputers`: share of the
 * computers without correction.
 */
export function roomDay(random: Random, season: Season, oldComputers = 0.4): Run[] {
  const runs: Run[] = [];
  const add = (one: Run) => void runs.push(one);
  const wakeS = hour(random, 6.7, 0.9);
  const leaveS = wakeS + random.between(0.7, 1.6) * hourS;
  const home = random.chance(0.25);
  const backS = home ? leaveS : hour(random, 18.6, 1.3);
  const sleepS = Math.max(backS + 2 * hourS, hour(random, 23.2, 0.9));

  const lamp = (fromS: number, toS: number) => {
    if (toS > fromS)
      add(run('lamps', rectifier(0.9), fromS, toS - fromS, flat(random, random.between(12, 45))));
  };
  lamp(wakeS, leaveS);
  lamp(Math.max(backS, 17.5 * hourS), sleepS);

  cook(random, add, wakeS, backS, home);
  if (random.chance(0.75)) {
    const fromS = backS + random.between(0.2, 1.5) * hourS;
    add(
      run(
        'television',
        corrected,
        fromS,
        random.between(1, 3.5) * hourS,
        jumpy(random, random.between(64, 160)),
      ),
    );
  }
  if (random.chance(0.4)) {
    // Old computers without correction look like chargers to a power-factor meter: flat, jumpy, ended by a step.
    const nature = random.chance(oldComputers) ? rectifier(random.between(0.9, 1.3)) : corrected;
    const fromS = backS + random.between(0, 2) * hourS;
    add(
      run(
        'computer',
        nature,
        fromS,
        random.between(1.5, 5) * hourS,
        jumpy(random, random.between(60, 260)),
      ),
    );
  }
  for (let i = random.integer(1, 3); i > 0; i -= 1) {
    add(
      run(
        'telephone',
        rectifier(1.2),
        hour(random, 21.5, 2),
        random.between(0.8, 2) * hourS,
        flat(random, random.between(8, 30)),
      ),
    );
  }
  wash(random, add, backS, sleepS, season);
  climate(random, add, backS, sleepS, season);
  if (random.chance(0.03))
    add(
      run(
        'tools',
        motor,
        backS + hourS,
        random.between(0.5, 2) * hourS,
        cycling(random, random.between(200, 700), 40, 130),
      ),
    );
  return runs;
}

function cook(
  random: Random,
  add: (one: Run) => void,
  wakeS: number,
  backS: number,
  home: boolean,
): void {
  const meals = [
    ...(random.chance(0.5) ? [wakeS + 300] : []),
    ...(home ? [11.6 * hourS] : []),
    backS + random.between(0.1, 0.9) * hourS,
  ];
  for (const atS of meals) {
    if (random.chance(0.7)) {
      const watt = random.between(450, 900);
      const cookS = random.between(1200, 2100);
      add(run('rice cooker', heater, atS, cookS, cycling(random, watt, 50, 70)));
      if (random.chance(0.5)) {
        add(
          run(
            'rice cooker keeps warm',
            heater,
            atS + cookS,
            random.between(0.5, 3) * hourS,
            cycling(random, random.between(35, 90), 25, random.between(60, 180)),
          ),
        );
      }
    }
    if (random.chance(0.35)) {
      const watt = random.between(800, 2100);
      const low = random.chance(0.4);
      add(
        run(
          'hob',
          { ...corrected, displacement: 0.98 },
          atS,
          random.between(600, 1800),
          low ? cycling(random, watt, 4, 9) : flat(random, watt),
        ),
      );
    }
    if (random.chance(0.25))
      add(
        run(
          'microwave',
          corrected,
          atS + random.between(0, 900),
          random.between(60, 300),
          flat(random, random.between(900, 1450)),
        ),
      );
  }
  for (let i = random.integer(1, 4); i > 0; i -= 1) {
    add(
      run(
        'kettle',
        heater,
        random.chance(0.4) ? wakeS + random.between(0, 2400) : backS + random.between(0, 4) * hourS,
        random.between(170, 300),
        flat(random, random.between(1500, 2000)),
      ),
    );
  }
}

function wash(
  random: Random,
  add: (one: Run) => void,
  backS: number,
  sleepS: number,
  season: Season,
): void {
  // Many rooms share a gas or solar heater: the expected evening peak of ten rooms is 4 to 7 kW.
  const share = season === 'summer' ? 0.18 : 0.3;
  if (random.chance(share)) {
    const instant = random.chance(0.08);
    const fromS = random.between(backS + 0.5 * hourS, Math.max(backS + hourS, sleepS));
    add(
      run(
        'water heater',
        heater,
        fromS,
        instant ? random.between(300, 800) : random.between(1200, 3600),
        flat(random, instant ? random.between(3500, 5500) : random.between(1500, 2000)),
      ),
    );
  }
  if (random.chance(0.3))
    add(
      run(
        'washing machine',
        motor,
        hour(random, 20, 2),
        random.between(1800, 3600),
        cycling(random, random.between(180, 400), 12, 20),
      ),
    );
  if (random.chance(0.35))
    add(
      run(
        'hair dryer',
        heater,
        random.between(backS, sleepS),
        random.between(120, 480),
        flat(random, random.between(800, 1600)),
      ),
    );
}

function climate(
  random: Random,
  add: (one: Run) => void,
  backS: number,
  sleepS: number,
  season: Season,
): void {
  // What runs through the night stops in the morning.
  const morningS = dayS + hour(random, 6.7, 0.9);
  if (season === 'summer') {
    if (random.chance(0.6))
      add(
        run(
          'fan',
          { ...motor, displacement: 0.95 },
          backS,
          morningS - backS,
          flat(random, random.between(35, 60)),
        ),
      );
    if (random.chance(0.55)) {
      const fromS = backS + random.between(0, 2.5) * hourS;
      const isInverter = random.chance(0.65);
      add(
        run(
          'air conditioner',
          isInverter ? corrected : { ...motor, displacement: 0.95 },
          fromS,
          random.chance(0.6) ? morningS - fromS : random.between(2, 5) * hourS,
          isInverter
            ? inverter(random)
            : cycling(
                random,
                random.between(700, 1300),
                random.between(500, 1100),
                random.between(1400, 2400),
              ),
        ),
      );
    }
  }
  if (season === 'winter') {
    if (random.chance(0.35))
      add(
        run(
          'electric blanket',
          heater,
          sleepS - hourS,
          morningS - sleepS + hourS,
          flat(random, random.between(55, 120)),
        ),
      );
    if (random.chance(0.4))
      add(
        run(
          'heater',
          heater,
          backS + random.between(0, 2) * hourS,
          random.between(1, 4) * hourS,
          cycling(
            random,
            random.between(400, 2000),
            random.between(400, 1500),
            random.between(700, 1800),
          ),
        ),
      );
    if (random.chance(0.35)) {
      const fromS = backS + random.between(0, 2) * hourS;
      add(
        run(
          'air conditioner heats',
          corrected,
          fromS,
          random.between(2, 7) * hourS,
          inverter(random),
        ),
      );
    }
  }
}

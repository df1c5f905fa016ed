/** How a load looks to the mains at one moment. */
export interface Draw {
  /** Active power at 220 V, W. */
  readonly powerW: number;
}

/** What a load is by its nature: it does not change while it runs. */
export interface Nature {
  /** cos φ of the fundamental. */
  readonly displacement: number;
  /** Current lags (motors) or leads (capacitor-input rectifiers, slightly). */
  readonly lagging: boolean;
  /** Harmonic current / fundamental current. */
  readonly thd: number;
  /** A heater takes less at low voltage, (U/220)²; electronics takes the same power. */
  readonly resistive: boolean;
}

/** Something that is switched on once: from, to, and what it draws in between. Times in s since the day began. */
export interface Run {
  readonly name: string;
  readonly nature: Nature;
  readonly fromS: number;
  readonly toS: number;
  /** W at `s` seconds after it was switched on. */
  readonly powerW: (s: number) => number;
  /** Set for an e-bike: the truth that a detector is measured against. */
  readonly charging?: { readonly charger: string; readonly corrected: boolean };
}

export const heater: Nature = { displacement: 1, lagging: false, thd: 0.01, resistive: true };
export const motor: Nature = { displacement: 0.68, lagging: true, thd: 0.08, resistive: false };
/** Power electronics with correction: televisions and computers of 75 to 600 W (IEC 61000-3-2 class D), inverter drives. */
export const corrected: Nature = {
  displacement: 0.98,
  lagging: false,
  thd: 0.12,
  resistive: false,
};
/** A capacitor behind a bridge: cheap chargers, old computers, lamps. */
export const rectifier = (thd: number): Nature => ({
  displacement: 0.97,
  lagging: false,
  thd,
  resistive: false,
});

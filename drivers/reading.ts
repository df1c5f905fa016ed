import { z } from 'zod';

/** Most readings one message may carry (contracts, section 4). */
export const maxReadingsPerMessage = 100;

/** A device, point or lane name: safe in a topic, a path and a log line. */
export const Name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'letters, digits, . _ - ; at most 64; starts with a letter or digit',
  );

const heard = {
  /** Which device said it. */
  device: Name,
  /** When it was true, ms since 1970 UTC; the time of arrival where the device gives none. */
  atMs: z.int().nonnegative(),
};

/** One phase of a supply. Every field is absent where the meter does not give it. */
export const Phase = z.strictObject({
  /** RMS voltage to neutral, V. */
  voltageV: z.number().nonnegative().optional(),
  /** RMS current, A. */
  currentA: z.number().nonnegative().optional(),
  /** Active power, W; negative while feeding back. */
  powerW: z.number().optional(),
  /** Power factor, 0..1, without sign. */
  powerFactor: z.number().min(0).max(1).optional(),
  /** Total harmonic distortion of the current, per cent of the fundamental. */
  thdPercent: z.number().nonnegative().optional(),
  /** Reactive power, var; inductive is positive. */
  reactiveVar: z.number().optional(),
});
export type Phase = z.infer<typeof Phase>;

/** What a meter measured. Identified by (device, atMs). */
export const PowerReading = z.strictObject({
  ...heard,
  kind: z.literal('power'),
  /** Total active power, W; negative while feeding back. */
  powerW: z.number(),
  /** L1, L2, L3 in this order; one entry on single phase. */
  phases: z.array(Phase).min(1).max(3).optional(),
  /** Current in the neutral conductor, A. */
  neutralA: z.number().nonnegative().optional(),
  /** Imported energy, cumulative, Wh. */
  energyWh: z.number().nonnegative().optional(),
  /** Residual (leakage) current, mA. */
  residualMa: z.number().nonnegative().optional(),
  /** Temperature at the terminals, degrees Celsius. */
  temperatureC: z.number().optional(),
  frequencyHz: z.number().nonnegative().optional(),
});
export type PowerReading = z.infer<typeof PowerReading>;

export const Direction = z.enum(['in', 'out', 'unknown']);
export type Direction = z.infer<typeof Direction>;

/** Somebody or something went through a lane. Identified by (device, event) or (device, atMs, plate). */
export const PassageReading = z.strictObject({
  ...heard,
  kind: z.literal('passage'),
  lane: Name,
  direction: Direction,
  /** `none`: a pass that no credential explains, e.g. a vehicle whose plate was not read. */
  credential: z.enum(['plate', 'card', 'face', 'qr', 'phone', 'manual', 'none']),
  result: z.enum(['registered', 'visitor', 'unknown', 'rejected']),
  /** As printed. Personal data: kept for days, encrypted, never logged, never sent upstream. */
  plate: z.string().min(1).max(16).optional(),
  vehicle: z
    .enum(['car', 'truck', 'bus', 'motorcycle', 'ebike', 'bicycle', 'person', 'unknown'])
    .optional(),
  /** The device's own id of the event. */
  event: z.string().min(1).max(128).optional(),
  /** True: it happened earlier and was stored in the device. It never acts. */
  replayed: z.boolean().optional(),
});
export type PassageReading = z.infer<typeof PassageReading>;

/** Where the arm of a barrier is, as far as anybody can tell. */
export const BarrierReading = z.strictObject({
  ...heard,
  kind: z.literal('barrier'),
  lane: Name,
  state: z.enum(['closed', 'open', 'moving', 'fault', 'unknown']),
});
export type BarrierReading = z.infer<typeof BarrierReading>;

/** A loop or light barrier: something stands on it, or does not. */
export const PresenceReading = z.strictObject({
  ...heard,
  kind: z.literal('presence'),
  lane: Name,
  /** The name of the input, as wired: `loop`, `button`, `in1`. */
  input: Name,
  occupied: z.boolean(),
});
export type PresenceReading = z.infer<typeof PresenceReading>;

/** How a device is. */
export const StatusReading = z.strictObject({
  ...heard,
  kind: z.literal('status'),
  online: z.boolean(),
  /** The device's clock minus the box's, ms. */
  clockSkewMs: z.number().optional(),
  firmware: z.string().min(1).max(64).optional(),
  /** Records waiting in the device. */
  pending: z.int().nonnegative().optional(),
});
export type StatusReading = z.infer<typeof StatusReading>;

/** What a device said, in SI units, times as UTC milliseconds. A field it did not send is absent. */
export const Reading = z.discriminatedUnion('kind', [
  PowerReading,
  PassageReading,
  BarrierReading,
  PresenceReading,
  StatusReading,
]);
export type Reading = z.infer<typeof Reading>;

export const readingKinds = ['power', 'passage', 'barrier', 'presence', 'status'] as const;
export type ReadingKind = (typeof readingKinds)[number];

/** A way in or out that something watches. */
export interface VillageLane {
  readonly id: string;
  readonly title: string;
  readonly direction: 'in' | 'out' | 'unknown';
  /** Vehicles at the only gate, a few at a landlord's yard, people at a door. */
  readonly traffic: 'gate' | 'yard' | 'door';
  /** The device that watches it, and the driver that speaks for it. */
  readonly device: string;
  readonly driver: string;
  readonly options?: Record<string, unknown>;
  /** How often the device speaks when nothing happens, s; absent where it is silent then. */
  readonly heartbeatS?: number;
  /** Doors: a terminal refuses whom it does not know, a camera only says so. */
  readonly stranger?: 'rejected' | 'unknown';
}

const gate: readonly VillageLane[] = [
  {
    id: 'in-1',
    title: '入口',
    direction: 'in',
    traffic: 'gate',
    device: 'cam-in',
    driver: 'vzenith',
    heartbeatS: 30,
  },
  {
    id: 'out-1',
    title: '出口',
    direction: 'out',
    traffic: 'gate',
    device: 'cam-out',
    driver: 'vzenith',
    options: { sn: '5f1a77c4-2e0c0b3d', layout: 'sn-first' },
    heartbeatS: 30,
  },
];

/** Both loops and the two switches of the arm, on four inputs from number `first` on. */
const contacts = (first: number) =>
  Object.fromEntries(
    ['loop', 'queue', 'open-limit', 'closed-limit'].map((name, i) => [String(first + i), name]),
  );

/** Landlords' yards: whatever camera or relay board was cheap that year. Cars in and out, so no direction. */
const yards = [
  { driver: 'native', heartbeatS: 120 },
  { driver: 'hikvision', heartbeatS: 120 },
  { driver: 'dahua', heartbeatS: 120 },
  { driver: 'qianyi', heartbeatS: 120 },
  { driver: 'huaxia', heartbeatS: 120 },
  { driver: 'xinlutong', heartbeatS: 120 },
  { driver: 'gat1400', heartbeatS: 120 },
  { driver: 'platerecognizer' },
  { driver: 'frigate', heartbeatS: 120 },
  { driver: 'milesight', heartbeatS: 120 },
  { driver: 'shelly-relay', heartbeatS: 120, options: { inputs: contacts(0) } },
  { driver: 'tasmota-relay', heartbeatS: 120, options: { inputs: contacts(1) } },
  { driver: 'corx', options: { inputs: contacts(1) } },
] as const;

/** Doors of houses whose landlord bought a terminal. Somebody is there, so that nobody has to show a face. */
const doors = [
  { driver: 'mqtt-face', heartbeatS: 120 },
  { driver: 'face-http', heartbeatS: 120 },
  { driver: 'uface', heartbeatS: 120 },
  { driver: 'huaan', stranger: 'unknown' },
  { driver: 'zkteco', heartbeatS: 120 },
  { driver: 'hikvision-acs', heartbeatS: 120 },
  { driver: 'dahua-acs', heartbeatS: 120 },
  { driver: 'frigate-face', stranger: 'unknown' },
  { driver: 'double-take', stranger: 'unknown' },
] as const;

/** The gate, and at least one of every other device that watches vehicles or people. */
export const villageLanes: readonly VillageLane[] = [
  ...gate,
  ...yards.map((one, i) => ({
    ...one,
    id: `yard-${i + 1}`,
    title: `${i + 1}号院`,
    direction: 'unknown' as const,
    traffic: 'yard' as const,
    device: `yard-${i + 1}-cam`,
  })),
  ...doors.map((one, i) => ({
    ...one,
    id: `door-${i + 1}`,
    title: `${i + 1}号门`,
    direction: 'in' as const,
    traffic: 'door' as const,
    device: `door-${i + 1}-face`,
  })),
];

/** Another yard, without any camera: loops, limit switches and the relay of the arm on the box's own pins. */
export const pinsLane: VillageLane = {
  id: 'yard-pins',
  title: `${yards.length + 1}号院`,
  direction: 'unknown',
  traffic: 'yard',
  device: 'yard-pins',
  driver: 'gpio-barrier',
  options: {
    inputs: { 17: 'loop', 27: 'queue', 22: 'open-limit', 23: 'closed-limit' },
    relay: 24,
  },
};

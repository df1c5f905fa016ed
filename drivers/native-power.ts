import type { Arrival } from './driver.ts';
import type { Phase, PowerReading } from './reading.ts';

/** A member of an object, as it is looked for in the bytes. */
interface Member {
  /** Its name behind the opening quote, with the closing one and the colon. */
  readonly key: Uint8Array;
  readonly least: number;
  readonly most: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const member = (
  name: string,
  least = Number.NEGATIVE_INFINITY,
  most = Number.POSITIVE_INFINITY,
) => ({
  key: new TextEncoder().encode(`${name}":`),
  least,
  most,
});
const phasesAt = 2;
/** As the schemas in reading.ts have them; the place of each is its bit. */
const ofReading: readonly Member[] = [
  member('atMs', 0, Number.MAX_SAFE_INTEGER),
  member('powerW'),
  member('phases'),
  member('neutralA', 0),
  member('energyWh', 0),
  member('residualMa', 0),
  member('temperatureC'),
  member('frequencyHz', 0),
];
const ofPhase: readonly Member[] = [
  member('voltageV', 0),
  member('currentA', 0),
  member('powerW'),
  member('powerFactor', 0, 1),
  member('thdPercent', 0),
  member('reactiveVar'),
];
const maxPhases = 3;
/** A whole number of so many digits is exact as a double, and so is the power of ten that it is divided by. */
const exactDigits = 15;
const tens = Float64Array.from({ length: exactDigits + 1 }, (_, power) => 10 ** power);
const blank = 0x20;
const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Reads the JSON of one power reading straight from its bytes: most messages of a village are such, and JSON.parse with
 * the checks behind it takes three times as long. Null for whatever is not plainly one (white space other than blanks, an
 * exponent, sixteen digits, a member twice, a figure out of range, anything broken): then the slow way decides, and
 * finds the words. A property test holds the two together.
 */
export function createPowerReader(): (body: Uint8Array, arrival: Arrival) => PowerReading | null {
  let bytes = new Uint8Array(0);
  let at = 0;
  const figures = new Float64Array(ofReading.length);
  const phaseFigures = new Float64Array(ofPhase.length);

  /** Goes on behind `wanted` and blanks before it; false where something else comes. */
  const comes = (wanted: number): boolean => {
    while (bytes[at] === blank) at += 1;
    if (bytes[at] !== wanted) return false;
    at += 1;
    return true;
  };

  const startsWith = (key: Uint8Array): boolean => {
    const text = bytes;
    const from = at;
    for (let i = 0; i < key.length; i += 1) if (text[from + i] !== key[i]) return false;
    return true;
  };

  /** The next number; NaN where there is none of at most fifteen digits. Such a one is rounded once, like the decimal itself. */
  const figure = (): number => {
    const text = bytes;
    let i = at;
    while (text[i] === blank) i += 1;
    const isNegative = text[i] === minus;
    if (isNegative) i += 1;
    const from = i;
    let whole = 0;
    let byte = text[i] as number;
    while (byte >= zero && byte <= nine) {
      whole = whole * 10 + (byte - zero);
      i += 1;
      byte = text[i] as number;
    }
    let digits = i - from;
    // JSON knows neither `.5` nor `05`.
    if (digits === 0 || (digits > 1 && text[from] === zero)) return Number.NaN;
    let scale = 0;
    if (byte === point) {
      i += 1;
      const behind = i;
      byte = text[i] as number;
      while (byte >= zero && byte <= nine) {
        whole = whole * 10 + (byte - zero);
        i += 1;
        byte = text[i] as number;
      }
      scale = i - behind;
      if (scale === 0) return Number.NaN;
      digits += scale;
    }
    if (digits > exactDigits) return Number.NaN;
    at = i;
    const value = scale > 0 ? whole / (tens[scale] as number) : whole;
    return isNegative ? -value : value;
  };

  /** Reads an object of figures; which members it has, a bit each, or -1. `nested` reads what stands at `phasesAt`. */
  const object = (
    members: readonly Member[],
    into: Float64Array,
    nested?: () => boolean,
  ): number => {
    if (!comes(openBrace)) return -1;
    let has = 0;
    // Members come in the same order again and again: the next one is tried first.
    let next = 0;
    do {
      if (!comes(quote)) return has === 0 && comes(closeBrace) ? 0 : -1;
      let left = members.length;
      while (left > 0 && !startsWith((members[next] as Member).key)) {
        next = next + 1 === members.length ? 0 : next + 1;
        left -= 1;
      }
      if (left === 0 || (has >> next) & 1) return -1;
      has |= 1 << next;
      const { key, least, most } = members[next] as Member;
      at += key.length;
      if (nested !== undefined && next === phasesAt) {
        if (!nested()) return -1;
      } else {
        const value = figure();
        if (!(value >= least && value <= most)) return -1;
        into[next] = value;
      }
      next = next + 1 === members.length ? 0 : next + 1;
    } while (comes(comma));
    return comes(closeBrace) ? has : -1;
  };

  let phases: Phase[] = [];
  const readPhases = (): boolean => {
    phases = [];
    if (!comes(openBracket)) return false;
    do {
      if (phases.length === maxPhases) return false;
      const has = object(ofPhase, phaseFigures);
      if (has < 0) return false;
      phases.push(toPhase(has, phaseFigures));
    } while (comes(comma));
    return comes(closeBracket);
  };

  return (body, { device, atMs }) => {
    bytes = body as Uint8Array<ArrayBuffer>;
    at = 0;
    const has = object(ofReading, figures, readPhases);
    while (bytes[at] === blank) at += 1;
    if (has < 0 || (has & 2) === 0 || at !== body.length) return null;
    const atIs = has & 1 ? (figures[0] as number) : atMs;
    if (!Number.isInteger(atIs) || Object.is(atIs, -0)) return null;
    const reading: Mutable<PowerReading> = {
      kind: 'power',
      device,
      atMs: atIs,
      powerW: figures[1] as number,
    };
    if (has & 4) reading.phases = phases;
    if (has & 8) reading.neutralA = figures[3] as number;
    if (has & 16) reading.energyWh = figures[4] as number;
    if (has & 32) reading.residualMa = figures[5] as number;
    if (has & 64) reading.temperatureC = figures[6] as number;
    if (has & 128) reading.frequencyHz = figures[7] as number;
    return reading;
  };
}

/** Members always in this order, whatever the message's was: V8 then knows few kinds of phases, and rules read them faster. */
function toPhase(has: number, figures: Float64Array): Phase {
  const phase: Mutable<Phase> = {};
  if (has & 1) phase.voltageV = figures[0] as number;
  if (has & 2) phase.currentA = figures[1] as number;
  if (has & 4) phase.powerW = figures[2] as number;
  if (has & 8) phase.powerFactor = figures[3] as number;
  if (has & 16) phase.thdPercent = figures[4] as number;
  if (has & 32) phase.reactiveVar = figures[5] as number;
  return phase;
}

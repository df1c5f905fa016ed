import { type Charge, chargedS, chargeW } from '../house/charger.ts';
import { heater, type Run, rectifier } from '../house/load.ts';

const hourS = 3600;

/** The usual 48 V lead-acid charger, half-empty battery, plugged in at `hour` o'clock. */
export function ordinaryCharge(hour: number, wobble = 0): Run {
  const charge: Charge = {
    endW: 190 + wobble,
    rise: 0.12,
    constantS: 3.2 * hourS,
    tau0S: 2100,
    growS: 5400,
    cutW: 38,
    floatW: 6,
  };
  return {
    name: '48V20Ah lead-acid',
    nature: rectifier(1.2),
    fromS: hour * hourS,
    toS: hour * hourS + chargedS(charge) + 2 * hourS,
    powerW: (s) => chargeW(charge, s),
    charging: { charger: '48V20Ah lead-acid', corrected: false },
  };
}

/** Electric heaters of a whole floor, from `fromHour` for `hours`: what a cold night does to an old service. */
export function heaters(fromHour: number, hours: number, watt: number): Run {
  return {
    name: 'heaters',
    nature: heater,
    fromS: fromHour * hourS,
    toS: (fromHour + hours) * hourS,
    powerW: (s) => watt * (1 + 0.02 * Math.sin(s / 40)),
  };
}

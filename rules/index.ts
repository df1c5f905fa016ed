import { complianceFaceOnly } from './compliance-face-only.ts';
import { deviceImplausible } from './device-implausible.ts';
import { deviceOffline } from './device-offline.ts';
import { ebike } from './ebike.ts';
import { ebikeRepeat } from './ebike-repeat.ts';
import { ebikeWatch } from './ebike-watch.ts';
import { elecImbalance } from './elec-imbalance.ts';
import { elecLeakage } from './elec-leakage.ts';
import { elecNeutral } from './elec-neutral.ts';
import { elecPhase } from './elec-phase.ts';
import { elecTemperature } from './elec-temperature.ts';
import { gateBarrierFault } from './gate-barrier-fault.ts';
import { gateOverstay } from './gate-overstay.ts';
import { gateParkingFull } from './gate-parking-full.ts';
import { gateQueue } from './gate-queue.ts';
import { loadFeeder } from './load-feeder.ts';
import { loadLost } from './load-lost.ts';
import { loadSums } from './load-sums.ts';
import { overload } from './overload.ts';
import type { Rule } from './rule.ts';
import { transformerLoad } from './transformer-load.ts';

/** Every rule there is. A new one is its file, its twin test and a line here. */
export const rules: readonly Rule[] = [
  overload,
  ebike,
  ebikeRepeat,
  ebikeWatch,
  loadLost,
  elecNeutral,
  elecPhase,
  elecImbalance,
  elecLeakage,
  elecTemperature,
  gateQueue,
  gateBarrierFault,
  gateParkingFull,
  gateOverstay,
  deviceOffline,
  deviceImplausible,
  complianceFaceOnly,
  transformerLoad,
  loadSums,
  loadFeeder,
];

import { deviceOffline } from './device-offline.ts';
import { gateQueue } from './gate-queue.ts';
import { overload } from './overload.ts';
import type { Rule } from './rule.ts';

/** Every rule there is. A new one is its file, its twin test and a line here. */
export const rules: readonly Rule[] = [overload, deviceOffline, gateQueue];

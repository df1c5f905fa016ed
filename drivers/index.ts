import type { Driver } from './driver.ts';
import { native } from './native.ts';

/** Every driver there is. A new one is its file, its samples and a line here. */
export const drivers: readonly Driver[] = [native];

const byId = new Map(drivers.map((driver) => [driver.id, driver]));

export const driverById = (id: string): Driver | undefined => byId.get(id);

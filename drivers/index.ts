import { dahua } from './dahua.ts';
import type { Driver } from './driver.ts';
import { hikvision } from './hikvision.ts';
import { mqttFace } from './mqtt-face.ts';
import { native } from './native.ts';
import { vzenith } from './vzenith.ts';

/** Every driver there is. A new one is its file, its samples and a line here. */
export const drivers: readonly Driver[] = [native, vzenith, mqttFace, hikvision, dahua];

const byId = new Map(drivers.map((driver) => [driver.id, driver]));

/** The driver of this id, as gateway.yaml names it. */
export const driverById = (id: string): Driver | undefined => byId.get(id);

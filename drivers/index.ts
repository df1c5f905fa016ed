import { dahua } from './dahua.ts';
import type { Driver } from './driver.ts';
import { gat1400 } from './gat1400.ts';
import { hikvision } from './hikvision.ts';
import { huaxia } from './huaxia.ts';
import { mqttFace } from './mqtt-face.ts';
import { native } from './native.ts';
import { qianyi } from './qianyi.ts';
import { vzenith } from './vzenith.ts';
import { xinlutong } from './xinlutong.ts';

/** Every driver there is. A new one is its file, its samples and a line here. */
export const drivers: readonly Driver[] = [
  native,
  vzenith,
  mqttFace,
  hikvision,
  dahua,
  qianyi,
  xinlutong,
  huaxia,
  gat1400,
];

const byId = new Map(drivers.map((driver) => [driver.id, driver]));

/** The driver of this id, as gateway.yaml names it. */
export const driverById = (id: string): Driver | undefined => byId.get(id);

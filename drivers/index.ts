import { acrel } from './acrel.ts';
import { adl400 } from './adl400.ts';
import { adw300 } from './adw300.ts';
import { cnInfrared } from './cn-infrared.ts';
import { cnSocket } from './cn-socket.ts';
import { corx } from './corx.ts';
import { dahua } from './dahua.ts';
import { dahuaAcs } from './dahua-acs.ts';
import { dds238 } from './dds238.ts';
import { ddsu666 } from './ddsu666.ts';
import { dlt645 } from './dlt645.ts';
import { doubleTake } from './double-take.ts';
import type { Driver } from './driver.ts';
import { dtsu666 } from './dtsu666.ts';
import { emonhub } from './emonhub.ts';
import { esphome } from './esphome.ts';
import { faceHttp } from './face-http.ts';
import { frigate } from './frigate.ts';
import { frigateFace } from './frigate-face.ts';
import { gat1400 } from './gat1400.ts';
import { gpioBarrier } from './gpio-barrier.ts';
import { hikvision } from './hikvision.ts';
import { hikvisionAcs } from './hikvision-acs.ts';
import { huaan } from './huaan.ts';
import { huaxia } from './huaxia.ts';
import { iem3000 } from './iem3000.ts';
import { iotawatt } from './iotawatt.ts';
import { milesight } from './milesight.ts';
import { mqttFace } from './mqtt-face.ts';
import { native } from './native.ts';
import { platerecognizer } from './platerecognizer.ts';
import { pzem004t } from './pzem004t.ts';
import { qianyi } from './qianyi.ts';
import { sdm120 } from './sdm120.ts';
import { sdm630 } from './sdm630.ts';
import { shelly } from './shelly.ts';
import { shellyGen1 } from './shelly-gen1.ts';
import { shellyRelay } from './shelly-relay.ts';
import { tasmota } from './tasmota.ts';
import { tasmotaRelay } from './tasmota-relay.ts';
import { uface } from './uface.ts';
import { vzenith } from './vzenith.ts';
import { wem3080t } from './wem3080t.ts';
import { xinlutong } from './xinlutong.ts';
import { zigbee2mqtt } from './zigbee2mqtt.ts';
import { zkteco } from './zkteco.ts';

/** Every driver there is. A new one is its file, its samples and a line here. */
export const drivers: readonly Driver[] = [
  native,
  shelly,
  tasmota,
  zigbee2mqtt,
  shellyGen1,
  esphome,
  emonhub,
  acrel,
  cnInfrared,
  cnSocket,
  iotawatt,
  dlt645,
  ddsu666,
  dtsu666,
  adl400,
  adw300,
  sdm120,
  sdm630,
  pzem004t,
  iem3000,
  wem3080t,
  dds238,
  vzenith,
  mqttFace,
  hikvision,
  dahua,
  qianyi,
  xinlutong,
  huaxia,
  gat1400,
  platerecognizer,
  shellyRelay,
  tasmotaRelay,
  gpioBarrier,
  frigate,
  milesight,
  corx,
  faceHttp,
  uface,
  huaan,
  zkteco,
  hikvisionAcs,
  dahuaAcs,
  frigateFace,
  doubleTake,
];

const byId = new Map(drivers.map((driver) => [driver.id, driver]));

/** The driver of this id, as gateway.yaml names it. */
export const driverById = (id: string): Driver | undefined => byId.get(id);

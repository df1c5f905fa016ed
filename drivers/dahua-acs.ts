import { dahua } from './dahua.ts';
import { dahuaDoorSamples } from './dahua-samples.ts';
import { defineDriver } from './driver.ts';

/** A Dahua access terminal (ASI) at a door: the same messages as `dahua`, configured as what handles persons. */
export const dahuaAcs = defineDriver({
  ...dahua,
  id: 'dahua-acs',
  title: { zh: '大华门禁（含人脸）', en: 'Dahua access terminal (faces too)' },
  personal: true,
  sources: ['two public AccessControl receivers (AccessControl, DoorStatus)'],
  lacks: {
    zh: '不能远程开门；指纹、密码、按钮不分；姓名、卡号、工号一律不读。',
    en: 'It opens no door. Fingerprints, codes and buttons are not told apart; names, cards and numbers are never read.',
  },
  samples: dahuaDoorSamples,
});

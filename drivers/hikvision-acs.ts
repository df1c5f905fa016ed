import { defineDriver } from './driver.ts';
import { hikvision } from './hikvision.ts';
import { hikvisionDoorSamples } from './hikvision-samples.ts';

/** A Hikvision access terminal at a door: the same messages as `hikvision`, configured as what handles persons. */
export const hikvisionAcs = defineDriver({
  ...hikvision,
  id: 'hikvision-acs',
  title: { zh: '海康威视门禁（含人脸）', en: 'Hikvision access terminal (faces too)' },
  personal: true,
  lacks: {
    zh: '门锁状态不读；指纹不分；姓名、工号、口罩一律不读。',
    en: 'Locks are not read, fingerprints not told apart; names, numbers and masks never are.',
  },
  samples: hikvisionDoorSamples,
});

import { z } from 'zod';
import { utcOffsetMinutes } from './codec/when.ts';
import { defineDriver } from './driver.ts';
import { hikvision } from './hikvision.ts';
import { hikvisionDoorSamples } from './hikvision-samples.ts';

const Options = z.strictObject({
  stream: z
    .boolean()
    .default(false)
    .describe('Ask for the alert stream; else the terminal pushes to us (httpHosts).'),
  utcOffsetMinutes,
});

/** A barrier hangs on a camera: a terminal has neither its position nor its command. */
const { command: _opensBarrier, answer: _ofBarrier, ...spoken } = hikvision;
const asCamera = (options: z.infer<typeof Options>) => ({ ...options, channel: 1, barrier: false });

/** A Hikvision access terminal at a door: the same messages as `hikvision`, configured as what handles persons. */
export const hikvisionAcs = defineDriver<z.infer<typeof Options>>({
  ...spoken,
  id: 'hikvision-acs',
  title: { zh: '海康威视门禁（含人脸）', en: 'Hikvision access terminal (faces too)' },
  personal: true,
  sources: [
    'ISAPI AccessControllerEvent, by several public integrations',
    'Hikvision-Addons 177 (doors, subEventType)',
  ],
  lacks: {
    zh: '不能远程开门（接口未经证实）；门锁状态不读；指纹不分；姓名、工号、口罩一律不读。',
    en: 'It opens no door (the interface is not confirmed). Locks are not read, fingerprints not told apart; names, numbers and masks never are.',
  },
  kinds: ['passage', 'status'],
  options: Options,
  polls: (options) => hikvision.polls?.(asCamera(options)) ?? [],
  samples: hikvisionDoorSamples,
});

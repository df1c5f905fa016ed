import { z } from 'zod';

const weight = z.number().min(-10).max(10);

/** Weights in log-odds; docs/evaluation.md says how good they are. */
export const Config = z.strictObject({
  possible: weight.default(0).describe('Score from which it is possible (50 %).'),
  probable: weight.default(1.5).describe('Score from which it is probable (82 %).'),
  confirmed: weight.default(3).describe('Score from which the curve leaves little doubt (95 %).'),
  leastMin: z
    .number()
    .min(30)
    .max(240)
    .default(45)
    .describe('Nothing is said before it has lasted so long, min.'),
  longestH: z.number().min(2).max(48).default(14).describe('What lasts longer is no charge, h.'),
  gapMin: z
    .number()
    .min(1)
    .max(60)
    .default(3)
    .describe('Gaps up to this are bridged with the last value, min.'),
  nightFromH: z.number().min(0).max(24).default(22),
  nightToH: z.number().min(0).max(24).default(6),
  weights: z
    .strictObject({
      start: weight.default(-0.8),
      evening: weight.default(0.6),
      otherHour: weight.default(-0.4),
      usualSize: weight.default(0.4),
      unusualSize: weight.default(-0.2),
      eachHour: weight.default(0.4),
      mostHours: weight.default(1.2),
      rises: weight.default(0.8),
      jumps: weight.default(-0.4),
      falls: weight.default(1.8),
      neverFalls: weight.default(-0.6),
      chargerFactor: weight.default(2),
      correctedFactor: weight.default(-2.5),
      betweenFactor: weight.default(-0.2),
      strongHarmonics: weight.default(2.5),
      weakHarmonics: weight.default(-2.5),
      eachRepeat: weight.default(-0.8),
      endsAtOnce: weight.default(-0.5),
      usualNight: weight.default(0.8),
      restless: weight.default(-4),
      smooth: weight.default(0.3),
    })
    .prefault({})
    .describe('Log-odds of each piece of evidence.'),
});
export type Config = z.infer<typeof Config>;

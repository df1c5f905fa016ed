import { z } from 'zod';

const level = z.number().min(-20).max(20).optional();
const months = z.array(z.int().min(1).max(12)).max(12);

/** How the detector listens and when it speaks. What each piece of evidence weighs is fitted: weights.ts. */
export const Config = z.strictObject({
  possible: level.describe(
    'Score (log-odds) from which it is possible; where absent, as fitted for what the meter measures.',
  ),
  probable: level.describe('Score from which it is probable; where absent, as fitted.'),
  confirmed: level.describe(
    'Score from which the curve leaves little doubt; where absent, as fitted.',
  ),
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
  summerMonths: months
    .default([6, 7, 8, 9])
    .describe('Local months in which air conditioners run: other weights hold.'),
  winterMonths: months.default([12, 1, 2]).describe('Local months in which people heat.'),
});
export type Config = z.infer<typeof Config>;

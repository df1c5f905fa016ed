import type { Share, Times } from './kpi.ts';
import { shown, unknown } from './report-page.ts';

/** A share with what it was made of; without a denominator there is no figure. */
export const shareText = ({ n, of, percent }: Share): string =>
  percent === undefined ? unknown : `${percent}%（${n}/${of}）`;

export const timesText = ({ n, medianMin, p90Min }: Times): string =>
  n === 0 ? unknown : `中位${shown(medianMin)}分钟，九成内${shown(p90Min)}分钟（${n}次）`;

import { type Nature, type Run, rectifier } from './load.ts';

/** A recorded load as something to plug in: power held between samples, 0 outside of them. `csv` has columns t_s and p_w. */
export function recordedRun(
  csv: string,
  parts: { readonly name: string; readonly fromS: number; readonly nature?: Nature },
): Run {
  const { name, fromS, nature = rectifier(1.2) } = parts;
  const [head = '', ...lines] = csv.trim().split(/\r?\n/);
  const columns = head.split(',');
  const [timeAt, powerAt] = [columns.indexOf('t_s'), columns.indexOf('p_w')];
  if (timeAt < 0 || powerAt < 0) throw new RangeError(`${name}: columns t_s and p_w are missing`);
  const samples = lines.map((line) => {
    const cells = line.split(',');
    return { s: Number(cells[timeAt]), powerW: Number(cells[powerAt]) };
  });
  const firstW = samples.findIndex(({ powerW }) => powerW > 5);
  if (firstW < 0) throw new RangeError(`${name}: nothing was drawn`);
  const beganS = samples[firstW]?.s ?? 0;
  const lastS = samples.at(-1)?.s ?? 0;
  return {
    name,
    nature,
    // The charge begins at `fromS`, whatever idle time was recorded before it.
    fromS,
    toS: fromS + lastS - beganS,
    powerW: (s) => {
      let [low, high] = [0, samples.length - 1];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if ((samples[middle]?.s ?? 0) - beganS <= s) low = middle;
        else high = middle - 1;
      }
      return samples[low]?.powerW ?? 0;
    },
    charging: { charger: name, corrected: false },
  };
}

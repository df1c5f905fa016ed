import type { Line, NightLine } from './lines.ts';

/** Bars of the best F1, a mark where the goal is, a thin line for the interval. */
export function plotF1(lines: readonly Line[]): string {
  const [left, row, width] = [150, 20, 420];
  const height = lines.length * row + 40;
  const at = (value: number) => (left + width * value).toFixed(1);
  const bars = lines.map((line, i) => {
    const y = 20 + i * row;
    const [low, high] = line.interval;
    const goal =
      line.goal === null
        ? ''
        : `<line x1="${at(line.goal)}" x2="${at(line.goal)}" y1="${y}" y2="${y + 14}" stroke="#b3261e" stroke-width="2"/>`;
    return `<text x="${left - 8}" y="${y + 11}" text-anchor="end">${line.place} ${line.metering} ${line.season}</text><rect x="${left}" y="${y}" width="${(width * line.bestF1).toFixed(1)}" height="14" fill="#7fb5a3"/><line x1="${at(low)}" x2="${at(high)}" y1="${y + 7}" y2="${y + 7}" stroke="#1b5e4b"/>${goal}<text x="${left + width * Math.max(line.bestF1, high) + 6}" y="${y + 11}">${line.bestF1.toFixed(2)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 ${height}" font-family="sans-serif" font-size="11"><rect width="640" height="${height}" fill="#fff"/><text x="${left}" y="12">best F1 of single charges, 90 % interval; red: goal</text>${bars.join('')}</svg>\n`;
}

const colours = { mild: '#1b5e4b', summer: '#b3261e', winter: '#23527c' } as const;

/** How many of the nights with charging a list finds against how many without it are on it; the diagonal is chance. */
export function plotNights(nights: readonly NightLine[]): string {
  const [left, top, side] = [50, 24, 280];
  const curves = nights.map(({ season, roc, area }, i) => {
    const points = [[0, 0] as const, ...roc]
      .map(([x, y]) => `${(left + side * x).toFixed(1)},${(top + side * (1 - y)).toFixed(1)}`)
      .join(' ');
    return `<polyline points="${points}" fill="none" stroke="${colours[season]}" stroke-width="1.5"/><text x="${left + side + 12}" y="${top + 20 + i * 16}" fill="${colours[season]}">${season} ${area.toFixed(2)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 340" font-family="sans-serif" font-size="11"><rect width="460" height="340" fill="#fff"/><text x="${left}" y="14">nights of whole houses ranked by watts alone</text><rect x="${left}" y="${top}" width="${side}" height="${side}" fill="none" stroke="#999"/><line x1="${left}" y1="${top + side}" x2="${left + side}" y2="${top}" stroke="#999" stroke-dasharray="4"/>${curves.join('')}<text x="${left}" y="${top + side + 16}">share of the nights without charging on the list</text></svg>\n`;
}

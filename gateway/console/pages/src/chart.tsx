import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Curve } from './api.ts';
import { axisSeconds } from './time.ts';
import { w } from './words.ts';

export interface Mark {
  readonly atMs: number;
  readonly label: string;
}

/** A curve with its band of lowest and highest, the limit, and the moments that decided. */
export function Chart({
  curve,
  marks = [],
}: {
  readonly curve: Curve;
  readonly marks?: readonly Mark[];
}) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element || curve.points.length === 0) return undefined;
    const style = getComputedStyle(element);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const unit = curve.channel.endsWith('A') ? 'A' : 'W';
    const limit = unit === 'A' ? curve.limitA : null;
    const times = curve.points.map(({ atMs }) => axisSeconds(atMs));
    const means = curve.points.map(({ mean }) => mean);
    const highs = curve.points.map(({ max }) => max);
    const lows = curve.points.map(({ min }) => min);
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: 230,
        // The numbers are the site's own hours already.
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
        legend: { show: false },
        cursor: { y: false },
        scales: {
          x: { time: true, range: [axisSeconds(curve.fromMs), axisSeconds(curve.toMs)] },
          y: { range: (_u, min, max) => [Math.min(0, min), Math.max(max, limit ?? 0) * 1.08 || 1] },
        },
        axes: [
          {
            stroke: colour('--quiet'),
            grid: { stroke: colour('--line') },
            values: [
              [3600, '{HH}:{mm}', null, null, null, null, null, null, 1],
              [60, '{HH}:{mm}', null, null, null, null, null, null, 1],
              [86_400, '{M}/{D}', null, null, null, null, null, null, 1],
            ],
          },
          {
            stroke: colour('--quiet'),
            grid: { stroke: colour('--line') },
            size: 58,
            values: (_u, ticks) =>
              ticks.map((tick) =>
                unit === 'W' && Math.max(...ticks) >= 2000
                  ? `${tick / 1000} kW`
                  : `${tick} ${unit}`,
              ),
          },
        ],
        series: [
          {},
          { stroke: 'transparent', points: { show: false } },
          { stroke: 'transparent', points: { show: false } },
          { stroke: colour('--accent'), width: 2, points: { show: curve.points.length < 40 } },
        ],
        bands: [{ series: [1, 2], fill: colour('--band') }],
        hooks: {
          draw: [
            (u) => {
              const { ctx, bbox } = u;
              ctx.save();
              ctx.lineWidth = 1.5 * devicePixelRatio;
              ctx.font = `${11 * devicePixelRatio}px system-ui`;
              // The axes leave theirs behind.
              ctx.textAlign = 'left';
              ctx.textBaseline = 'alphabetic';
              if (limit !== null) {
                const y = u.valToPos(limit, 'y', true);
                ctx.strokeStyle = colour('--critical');
                ctx.fillStyle = colour('--critical');
                ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
                ctx.beginPath();
                ctx.moveTo(bbox.left, y);
                ctx.lineTo(bbox.left + bbox.width, y);
                ctx.stroke();
                ctx.fillText(
                  `${w('limit')} ${limit.toFixed(1)} A`,
                  bbox.left + 6 * devicePixelRatio,
                  y - 5 * devicePixelRatio,
                );
              }
              ctx.setLineDash([]);
              for (const [index, { atMs, label }] of marks.entries()) {
                const x = u.valToPos(axisSeconds(atMs), 'x', true);
                if (x < bbox.left || x > bbox.left + bbox.width) continue;
                ctx.strokeStyle = colour('--quiet');
                ctx.fillStyle = colour('--text');
                ctx.beginPath();
                ctx.moveTo(x, bbox.top);
                ctx.lineTo(x, bbox.top + bbox.height);
                ctx.stroke();
                const right = x > bbox.left + bbox.width * 0.8;
                ctx.textAlign = right ? 'right' : 'left';
                ctx.fillText(
                  label,
                  x + (right ? -4 : 4) * devicePixelRatio,
                  bbox.top + (12 + 14 * index) * devicePixelRatio,
                );
              }
              ctx.restore();
            },
          ],
        },
      },
      [times, lows, highs, means],
      element,
    );
    const resize = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: 230 }),
    );
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [curve, marks]);
  if (curve.points.length === 0) return <p class="quiet">{w('noCurve')}</p>;
  return <div class="chart" ref={box} role="img" aria-label={w('curve')} />;
}

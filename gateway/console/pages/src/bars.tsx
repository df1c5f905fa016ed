interface Day {
  readonly day: string;
  readonly would: number;
  readonly really: number;
}

const [width, height, below] = [640, 120, 16] as const;

/** Two bars a day: what a rule would have said, and what was really said. */
export function Bars({ days, label }: { readonly days: readonly Day[]; readonly label: string }) {
  const most = Math.max(1, ...days.flatMap(({ would, really }) => [would, really]));
  const step = width / Math.max(1, days.length);
  const bar = Math.min(24, step * 0.4);
  const tall = (n: number) => (n / most) * (height - below - 14);
  // As many dates as have room.
  const every = Math.ceil(days.length / 8);
  return (
    <svg class="bars" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {days.map(({ day, would, really }, i) => {
        const middle = (i + 0.5) * step;
        return (
          <g key={day}>
            <rect
              class="would"
              x={middle - bar}
              y={height - below - tall(would)}
              width={bar}
              height={tall(would)}
            />
            <rect
              class="really"
              x={middle}
              y={height - below - tall(really)}
              width={bar}
              height={tall(really)}
            />
            {would + really > 0 && (
              <text
                x={middle}
                y={height - below - tall(Math.max(would, really)) - 3}
                text-anchor="middle"
              >
                {would}/{really}
              </text>
            )}
            {i % every === 0 && (
              <text x={middle} y={height - 3} text-anchor="middle">
                {day.slice(5)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

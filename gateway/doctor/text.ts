/** Cells of East Asian width take two columns of a terminal. */
const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\uffe6]/u;
const widthOf = (text: string): number =>
  [...text].reduce(
    (width, sign) => width + (wide.test(sign) && !/[\uff61-\uffdc]/.test(sign) ? 2 : 1),
    0,
  );

/** Rows as lines whose cells stand below each other, two blanks between them. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [n, cell] of row.entries()) widths[n] = Math.max(widths[n] ?? 0, widthOf(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, n) => cell + ' '.repeat((widths[n] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

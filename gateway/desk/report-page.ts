/** A report in both its forms. */
export interface Report {
  readonly title: string;
  readonly text: string;
  readonly html: string;
}

type Row = readonly string[];
/** A part of a report: sentences, and a table where there are rows. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  readonly table?: { readonly head: Row; readonly rows: readonly Row[] };
}

/** What stands where there is no figure. */
export const unknown = '—';
/** At most one decimal; a missing figure is said to be missing. */
export const shown = (value: number | undefined, unit = ''): string =>
  value === undefined || !Number.isFinite(value) ? unknown : `${Number(value.toFixed(1))}${unit}`;
/** `n/of`; without a denominator there is no figure. */
export const ratio = ({ n, of }: { readonly n: number; readonly of: number }): string =>
  of === 0 ? unknown : `${n}/${of}`;

/** Both forms of the same content. The same sections give the same bytes. */
export function toReport(title: string, sections: readonly Section[], note: string): Report {
  const lines = sections.flatMap((section, index) => [
    `${index + 1}. ${section.title}`,
    ...section.lines.map((line) => `   ${line}`),
    ...(section.table?.rows ?? []).map((row) => `   ${row.join('  ')}`),
  ]);
  return {
    title,
    text: `${[title, ...lines, ...(note ? [note] : [])].join('\n')}\n`,
    html: page(title, sections, note),
  };
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function page(title: string, sections: readonly Section[], note: string): string {
  const body = sections.map(({ title: name, lines, table }) => {
    const rows = (table?.rows ?? []).map(
      (row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`,
    );
    const head =
      table && rows.length > 0 ? table.head.map((cell) => `<th>${escaped(cell)}</th>`) : [];
    const grid = head.length > 0 ? `<table><tr>${head.join('')}</tr>${rows.join('')}</table>` : '';
    return `<section><h2>${escaped(name)}</h2>${lines.map((line) => `<p>${escaped(line)}</p>`).join('')}${grid}</section>`;
  });
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>${escaped(title)}</title><style>body{font:16px/1.6 sans-serif;max-width:48rem;margin:1rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.2rem .5rem;text-align:left}h2{font-size:1.1rem;margin:1.2rem 0 .2rem}p{margin:.2rem 0}</style><h1>${escaped(title)}</h1>${body.join('')}<p><small>${escaped(note)}</small></p></html>\n`;
}

/** Writing tables as CSV after RFC 4180, with "\n" at the end of a line. */

export type CsvValue = string | number | boolean | undefined | null;

/** A cell; quoted where it holds a comma, a quote, a line break or space at an end. */
function cell(value: CsvValue): string {
  if (value === undefined || value === null) return '';
  const text = String(value); // numbers keep all their digits: shortest form that reads back equal
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A header line and one line per row. */
export function csvText(header: readonly string[], rows: Iterable<readonly CsvValue[]>): string {
  let text = `${header.map(cell).join(',')}\n`;
  for (const row of rows) text += `${row.map(cell).join(',')}\n`;
  return text;
}

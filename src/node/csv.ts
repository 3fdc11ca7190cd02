/** Writing tables as CSV after RFC 4180, with "\n" at the end of a line. */

export type CsvValue = string | number | boolean | undefined | null;

/** A cell; quoted where it holds the separator, a quote, a line break or space at an end. */
function cell(value: CsvValue, separator: string): string {
  if (value === undefined || value === null) return '';
  const text = String(value); // numbers keep all their digits: shortest form that reads back equal
  return text.includes(separator) || /["\r\n]|^\s|\s$/.test(text)
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

/** The line of a row, with its end. */
export function csvLine(row: readonly CsvValue[], separator = ','): string {
  return `${row.map((value) => cell(value, separator)).join(separator)}\n`;
}

/** A header line and one line per row. */
export function csvText(header: readonly string[], rows: Iterable<readonly CsvValue[]>): string {
  let text = csvLine(header);
  for (const row of rows) text += csvLine(row);
  return text;
}

/** What a terminal needs: colour where it is wanted, text of a known width, numbers for people. */
import { stripVTControlCharacters } from 'node:util';

/** The part of a stream that this floor writes to; `process.stdout` is one. */
export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
  /** Width in columns, on a terminal. */
  columns?: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether to write colours: FORCE_COLOR decides when set ("0" and "false" mean no), then NO_COLOR
 * (any text means no, see no-color.org), otherwise only a terminal that is not "dumb" gets them.
 */
export function colorWanted(stream: OutputStream, environment: Environment = process.env): boolean {
  const force = environment.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (environment.NO_COLOR) return false;
  return stream.isTTY === true && environment.TERM !== 'dumb';
}

/** Whether characters beyond ASCII can be drawn: everywhere but on old consoles. */
export function unicodeWanted(
  environment: Environment = process.env,
  platform: string = process.platform,
): boolean {
  if (platform === 'win32') {
    return Boolean(environment.WT_SESSION || environment.TERM_PROGRAM || environment.CI);
  }
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  return environment.TERM !== 'linux' && locale !== 'C' && locale !== 'POSIX';
}

export type Paint = (text: string) => string;

export interface Style {
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
  cyan: Paint;
}

/** Functions that colour text, or leave it as it is. */
export function createStyle(color: boolean): Style {
  const paint =
    (open: number, close: number): Paint =>
    (text) =>
      color && text !== '' ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}|^[\u{20000}-\u{3fffd}]/u;

/** Columns that `text` takes: escape sequences none, East Asian characters and emoji two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text))) {
    if (/^[\p{Control}\p{Mark}\u200b-\u200f]/u.test(segment)) continue;
    width += wide.test(segment) ? 2 : 1;
  }
  return width;
}

/** Text from a file, safe to print: control characters (escape sequences among them) become `?`. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}

/** `text` filled with spaces to `width` columns. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'right' ? space + text : text + space;
}

export type TableCell = string | number;

/** Right-aligned when every cell of a column that is not empty is a number or reads like one. */
function isNumeric(cell: TableCell): boolean {
  return (
    typeof cell === 'number' ||
    cell === '' ||
    /^[-−+]?[\d,.]+(e[-+]?\d+)?\s?[%kMGs]?$/.test(stripVTControlCharacters(cell))
  );
}

/**
 * Lines of a table with its columns lined up, numbers to the right, two spaces between columns.
 * @throws RangeError when a row does not have one cell per column.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly TableCell[])[],
  style: Style = createStyle(false),
): string[] {
  for (const row of rows) {
    if (row.length !== header.length) {
      throw new RangeError(
        `formatTable: a row has ${row.length} cells for ${header.length} columns; give one per column`,
      );
    }
  }
  const text = (cell: TableCell): string => (typeof cell === 'number' ? formatNumber(cell) : cell);
  const columns = header.map((name, c) => {
    const cells = rows.map((row) => row[c]);
    const align: 'left' | 'right' =
      cells.some((cell) => cell !== '') && cells.every(isNumeric) ? 'right' : 'left';
    const width = Math.max(displayWidth(name), ...cells.map((cell) => displayWidth(text(cell))));
    return { align, width };
  });
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => pad(cell, columns[c].width, columns[c].align))
      .join('  ')
      .trimEnd();
  return [
    style.bold(line(header)),
    style.dim(columns.map(({ width }) => '─'.repeat(width)).join('  ')),
    ...rows.map((row) => line(row.map(text))),
  ];
}

/** 2913290 as "2,913,290"; other numbers with four significant digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Number.isInteger(value) ? value.toLocaleString('en-US') : formatMetric(value);
}

/** A loss or metric: four decimals, or four significant digits where that shows too little. */
export function formatMetric(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(3);
  return size >= 100 ? value.toPrecision(5) : value.toFixed(4);
}

/** A count in few characters: 950, 12.3k, 4.56M. */
export function formatShort(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const units = ['', 'k', 'M', 'G', 'T'];
  let unit = 0;
  let size = value;
  // 999.5 would be written as "1000", so the next unit starts there.
  while (Math.abs(size) >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  if (unit === 0) return Math.abs(size) < 10 ? String(Number(size.toFixed(1))) : size.toFixed(0);
  return `${size.toPrecision(3)}${units[unit]}`;
}

/** A time for people: 12ms, 3.4s, 1m05s, 2h03m. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '?';
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)}ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (n: number): string => String(n).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

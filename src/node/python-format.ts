/**
 * Python's format strings, as far as file names use them: `{epoch:02d}`, `{val_loss:.2f}`, and braces doubled
 * to stand for themselves. The rules are those of the format specification mini-language of Python 3.
 */
import { fail } from '../graph/errors.ts';

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(0)?(\d+)?(,)?(?:\.(\d+))?([dfFeEgG%])?$/;

/** The replacement fields of a template with their values. Errors: names and formats that are unknown. */
export function formatName(
  operation: string,
  template: string,
  values: Readonly<Record<string, number>>,
): string {
  return template.replace(
    /\{\{|\}\}|\{([^{}:!]*)(?::([^{}]*))?\}|[{}]/g,
    (match, name: string | undefined, spec = '') => {
      if (match === '{{' || match === '}}') return match[0];
      if (name === undefined) {
        return fail(
          operation,
          `'${template}' has a lone ${match}; write ${match}${match} for itself`,
        );
      }
      if (!Object.hasOwn(values, name)) {
        return fail(
          operation,
          `'${template}' asks for {${name}}; known here: ${Object.keys(values).join(', ')}`,
        );
      }
      return formatNumber(values[name], spec, () =>
        fail(
          operation,
          `'${template}': the format '${spec}' of ${name} is not known; expected one such as 02d or .2f`,
        ),
      );
    },
  );
}

function formatNumber(value: number, spec: string, unknown: () => never): string {
  const match = SPEC.exec(spec) ?? unknown();
  const [, fill, align, sign, zero, width, comma, precision, type] = match;
  const negative = value < 0 || Object.is(value, -0);
  const body = digits(
    Math.abs(value),
    type,
    precision === undefined ? undefined : +precision,
    unknown,
  );
  const grouped = comma ? body.replace(/^\d+/, (d) => d.replace(/\B(?=(\d{3})+$)/g, ',')) : body;
  const mark = negative ? '-' : sign === '+' || sign === ' ' ? sign : '';
  const room = Math.max(0, Number(width ?? 0) - mark.length - grouped.length);
  const padding = (fill ?? (zero ? '0' : ' ')).repeat(room);
  switch (align ?? (zero ? '=' : '>')) {
    case '<':
      return mark + grouped + padding;
    case '=':
      return mark + padding + grouped;
    case '^': {
      const left = Math.floor(room / 2);
      return padding.slice(0, left) + mark + grouped + padding.slice(left);
    }
    default:
      return padding + mark + grouped;
  }
}

function digits(
  x: number,
  type: string | undefined,
  precision: number | undefined,
  unknown: () => never,
): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'nan' : 'inf';
  if (precision !== undefined && precision > 60) unknown();
  switch (type) {
    case 'd':
      return Number.isInteger(x) && precision === undefined ? String(x) : unknown();
    case 'f':
    case 'F':
      return fixed(x, precision ?? 6);
    case '%':
      return `${fixed(x * 100, precision ?? 6)}%`;
    case 'e':
    case 'E': {
      const text = x.toExponential(precision ?? 6).replace(/e([-+])(\d)$/, 'e$10$2');
      return type === 'E' ? text.toUpperCase() : text;
    }
    case 'g':
    case 'G': {
      const text = general(x, Math.max(1, precision ?? 6));
      return type === 'G' ? text.toUpperCase() : text;
    }
    default:
      return precision === undefined ? String(x) : general(x, Math.max(1, precision));
  }
}

/** `places` digits behind the point; a number exactly between two goes to the even one. */
function fixed(x: number, places: number): string {
  const text = x.toFixed(places);
  const exact = x.toFixed(100);
  const point = exact.indexOf('.');
  const tie = /^50*$/.test(exact.slice(point + 1 + places));
  if (!tie) return text;
  const down = exact.slice(0, places === 0 ? point : point + 1 + places);
  return Number(down.at(-1)) % 2 === 0 ? down : text;
}

/** `precision` significant digits, without zeros at the end. */
function general(x: number, precision: number): string {
  const [mantissa, exponent] = x.toExponential(precision - 1).split('e');
  const trim = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  const power = Number(exponent);
  if (power >= -4 && power < precision) return trim(x.toFixed(Math.max(0, precision - 1 - power)));
  const shown = String(Math.abs(power)).padStart(2, '0');
  return `${trim(mantissa)}e${power < 0 ? '-' : '+'}${shown}`;
}

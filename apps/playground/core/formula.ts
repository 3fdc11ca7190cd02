/**
 * Formulas of x and y that a user types: parsed into a tree of closures, never evaluated as code. What is
 * not in this grammar is an error that says where.
 *
 *   sum     = product { ('+' | '-') product }
 *   product = unary { ('*' | '/') unary }
 *   unary   = ('-' | '+') unary | power
 *   power   = atom [ '^' unary ]
 *   atom    = number | name | name '(' sum { ',' sum } ')' | '(' sum ')'
 */

export type Formula = (x: number, y: number) => number;

export class FormulaError extends Error {
  /** Where in the text, from 0. */
  readonly position: number;
  readonly code: FormulaErrorCode;
  readonly detail: string;

  constructor(code: FormulaErrorCode, position: number, detail = '') {
    super(`formula: ${code}${detail ? ` '${detail}'` : ''} at character ${position + 1}`);
    this.code = code;
    this.position = position;
    this.detail = detail;
  }
}

export type FormulaErrorCode =
  | 'empty'
  | 'tooLong'
  | 'tooDeep'
  | 'unexpected'
  | 'unknownName'
  | 'wrongArguments'
  | 'unfinished'
  | 'notFinite';

const MAX_LENGTH = 120;
const MAX_DEPTH = 24;

type Function1 = (a: number) => number;
type Function2 = (a: number, b: number) => number;

const oneArgument: Readonly<Record<string, Function1>> = {
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  relu: (a) => Math.max(0, a),
  step: (a) => (a >= 0 ? 1 : 0),
};

const twoArguments: Readonly<Record<string, Function2>> = {
  min: Math.min,
  max: Math.max,
  atan2: Math.atan2,
  hypot: Math.hypot,
};

export const formulaFunctions: readonly string[] = [
  ...Object.keys(oneArgument),
  ...Object.keys(twoArguments),
];

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Formula {
    if (this.#text.trim() === '') throw new FormulaError('empty', 0);
    if (this.#text.length > MAX_LENGTH) throw new FormulaError('tooLong', MAX_LENGTH);
    const result = this.#sum();
    this.#skip();
    if (this.#at < this.#text.length) this.#unexpected();
    return result;
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #take(symbols: string): string | undefined {
    this.#skip();
    const c = this.#text[this.#at];
    if (c === undefined || !symbols.includes(c)) return undefined;
    this.#at++;
    return c;
  }

  #unexpected(): never {
    const c = this.#text[this.#at];
    throw new FormulaError(c === undefined ? 'unfinished' : 'unexpected', this.#at, c);
  }

  #sum(): Formula {
    let left = this.#product();
    for (let op = this.#take('+-'); op; op = this.#take('+-')) {
      const a = left;
      const b = this.#product();
      left = op === '+' ? (x, y) => a(x, y) + b(x, y) : (x, y) => a(x, y) - b(x, y);
    }
    return left;
  }

  #product(): Formula {
    let left = this.#unary();
    for (let op = this.#take('*/'); op; op = this.#take('*/')) {
      const a = left;
      const b = this.#unary();
      left = op === '*' ? (x, y) => a(x, y) * b(x, y) : (x, y) => a(x, y) / b(x, y);
    }
    return left;
  }

  #unary(): Formula {
    if (++this.#depth > MAX_DEPTH) throw new FormulaError('tooDeep', this.#at);
    const sign = this.#take('+-');
    let result: Formula;
    if (sign) {
      const a = this.#unary();
      result = sign === '-' ? (x, y) => -a(x, y) : a;
    } else {
      result = this.#power();
    }
    this.#depth--;
    return result;
  }

  #power(): Formula {
    const base = this.#atom();
    if (!this.#take('^')) return base;
    const exponent = this.#unary();
    return (x, y) => base(x, y) ** exponent(x, y);
  }

  #atom(): Formula {
    this.#skip();
    const rest = this.#text.slice(this.#at);
    const number = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/i.exec(rest);
    if (number) {
      this.#at += number[0].length;
      const value = Number(number[0]);
      return () => value;
    }
    const word = /^[a-z_][a-z0-9_]*/i.exec(rest);
    if (word) return this.#name(word[0]);
    if (this.#take('(')) {
      const inner = this.#sum();
      if (!this.#take(')')) this.#unexpected();
      return inner;
    }
    return this.#unexpected();
  }

  #name(word: string): Formula {
    const start = this.#at;
    this.#at += word.length;
    const name = word.toLowerCase();
    if (name === 'x' || name === 'x1') return (x) => x;
    if (name === 'y' || name === 'x2') return (_, y) => y;
    if (name === 'pi') return () => Math.PI;
    if (name === 'e') return () => Math.E;
    const one = Object.hasOwn(oneArgument, name) ? oneArgument[name] : undefined;
    const two = Object.hasOwn(twoArguments, name) ? twoArguments[name] : undefined;
    if (!one && !two) throw new FormulaError('unknownName', start, word);
    if (!this.#take('(')) this.#unexpected();
    const list = [this.#sum()];
    while (this.#take(',')) list.push(this.#sum());
    if (!this.#take(')')) this.#unexpected();
    if (list.length !== (one ? 1 : 2)) throw new FormulaError('wrongArguments', start, word);
    const [a, b] = list;
    return one ? (x, y) => one(a(x, y)) : (x, y) => two!(a(x, y), b(x, y));
  }
}

/** Parses a formula; throws a {@link FormulaError}. */
export function parseFormula(text: string): Formula {
  return new Parser(text).parse();
}

/** The most a feature may be: beyond it training only overflows. */
const LARGEST = 1e4;

/** Parses a formula and checks that it has a moderate, finite value all over the square. */
export function parseFeature(text: string, domain: number): Formula {
  const formula = parseFormula(text);
  const steps = 24;
  for (let i = 0; i <= steps; i++) {
    for (let k = 0; k <= steps; k++) {
      const x = domain * ((2 * i) / steps - 1);
      const y = domain * ((2 * k) / steps - 1);
      const value = formula(x, y);
      if (!(Math.abs(value) <= LARGEST)) {
        throw new FormulaError('notFinite', 0, `x = ${x.toFixed(1)}, y = ${y.toFixed(1)}: ${value}`);
      }
    }
  }
  return formula;
}

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

/** What a formula is built of: a value of T for each construct. */
export interface FormulaAlgebra<T> {
  number(value: number): T;
  variable(name: 'x' | 'y'): T;
  constant(name: 'pi' | 'e'): T;
  negate(a: T): T;
  binary(operator: '+' | '-' | '*' | '/' | '^', a: T, b: T): T;
  call(name: string, args: readonly T[]): T;
}

class Parser<T> {
  readonly #text: string;
  readonly #make: FormulaAlgebra<T>;
  #at = 0;
  #depth = 0;

  constructor(text: string, algebra: FormulaAlgebra<T>) {
    this.#text = text;
    this.#make = algebra;
  }

  parse(): T {
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

  #take<C extends string>(...symbols: C[]): C | undefined {
    this.#skip();
    const found = symbols.find((c) => c === this.#text[this.#at]);
    if (found) this.#at++;
    return found;
  }

  #unexpected(): never {
    const c = this.#text[this.#at];
    throw new FormulaError(c === undefined ? 'unfinished' : 'unexpected', this.#at, c);
  }

  #sum(): T {
    let left = this.#product();
    for (let op = this.#take('+', '-'); op; op = this.#take('+', '-')) {
      left = this.#make.binary(op, left, this.#product());
    }
    return left;
  }

  #product(): T {
    let left = this.#unary();
    for (let op = this.#take('*', '/'); op; op = this.#take('*', '/')) {
      left = this.#make.binary(op, left, this.#unary());
    }
    return left;
  }

  #unary(): T {
    if (++this.#depth > MAX_DEPTH) throw new FormulaError('tooDeep', this.#at);
    const sign = this.#take('+', '-');
    const value = sign ? this.#unary() : this.#power();
    this.#depth--;
    return sign === '-' ? this.#make.negate(value) : value;
  }

  #power(): T {
    const base = this.#atom();
    return this.#take('^') ? this.#make.binary('^', base, this.#unary()) : base;
  }

  #atom(): T {
    this.#skip();
    const rest = this.#text.slice(this.#at);
    const number = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/i.exec(rest);
    if (number) {
      this.#at += number[0].length;
      return this.#make.number(Number(number[0]));
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

  #name(word: string): T {
    const start = this.#at;
    this.#at += word.length;
    const name = word.toLowerCase();
    if (name === 'x' || name === 'x1') return this.#make.variable('x');
    if (name === 'y' || name === 'x2') return this.#make.variable('y');
    if (name === 'pi' || name === 'e') return this.#make.constant(name);
    const arity = Object.hasOwn(oneArgument, name) ? 1 : Object.hasOwn(twoArguments, name) ? 2 : 0;
    if (arity === 0) throw new FormulaError('unknownName', start, word);
    if (!this.#take('(')) this.#unexpected();
    const list = [this.#sum()];
    while (this.#take(',')) list.push(this.#sum());
    if (!this.#take(')')) this.#unexpected();
    if (list.length !== arity) throw new FormulaError('wrongArguments', start, word);
    return this.#make.call(name, list);
  }
}

const operators: Readonly<Record<string, Function2>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
};

const closures: FormulaAlgebra<Formula> = {
  number: (value) => () => value,
  variable: (name) => (name === 'x' ? (x) => x : (_, y) => y),
  constant: (name) => () => (name === 'pi' ? Math.PI : Math.E),
  negate: (a) => (x, y) => -a(x, y),
  binary: (operator, a, b) => {
    const apply = operators[operator];
    return (x, y) => apply(a(x, y), b(x, y));
  },
  call: (name, [a, b]) => {
    if (!b) {
      const one = oneArgument[name];
      return (x, y) => one(a(x, y));
    }
    const two = twoArguments[name];
    return (x, y) => two(a(x, y), b(x, y));
  },
};

/** Parses a formula into whatever the algebra makes; throws a {@link FormulaError}. */
export function foldFormula<T>(text: string, algebra: FormulaAlgebra<T>): T {
  return new Parser(text, algebra).parse();
}

/** Parses a formula; throws a {@link FormulaError}. */
export function parseFormula(text: string): Formula {
  return foldFormula(text, closures);
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
        throw new FormulaError(
          'notFinite',
          0,
          `x = ${x.toFixed(1)}, y = ${y.toFixed(1)}: ${value}`,
        );
      }
    }
  }
  return formula;
}

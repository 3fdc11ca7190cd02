import { sizeOf, sameShape } from '../../graph/shape.ts';
import { BlockedOperators } from './blocked.ts';
import { type Builder, orderValues, type Value } from './builder.ts';
import { kernelGradient } from './lower/kernel-gradient.ts';
import { unpool } from './lower/unpool.ts';
import { windowsFrom } from './lower/windows.ts';

/**
 * Where images lie in memory. ONNX convolves channels first, users may write channels last, and the CPU
 * kernels are at their best with blocks of channels (blocked.ts). One walk from the inputs to the results
 * lets every value exist in the layouts that are asked for, made when they are, and lets element-wise
 * operations, reductions and pooling work in the layout in which their operands already are: so the
 * transposes that surround each convolution meet and vanish.
 *
 * A value is kept in up to three forms: `plain`, as the graph has it; `turned`, with the channel axis at
 * the other end; `blocked`. `axis` is the place of the channels in the plain form: 1, or the last.
 */
interface Placed {
  readonly axis: number;
  plain?: Value;
  turned?: Value;
  blocked?: Value;
  /** Nothing but the next operation reads it, so that one may be built into this one. */
  readonly exclusive: boolean;
}

const elementwise = new Set([
  ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Cast', 'Ceil', 'Cos', 'Cosh', 'Erf'],
  ...['Exp', 'Floor', 'HardSigmoid', 'IsNaN', 'Log', 'Neg', 'Not', 'Relu', 'Round', 'Sigmoid', 'Sign'],
  ...['Sin', 'Sinh', 'Softplus', 'Sqrt', 'Tan', 'Tanh'],
  ...['Add', 'And', 'Div', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Max', 'Min'],
  ...['Mod', 'Mul', 'Or', 'Pow', 'Sub', 'Where'],
]);

/** The orders of axes that move the channels: [0, 2, 3, 1] and [0, 3, 1, 2] for images. */
const toLast = (rank: number): number[] => [
  0,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 2),
  1,
];
const toFirst = (rank: number): number[] => [
  0,
  rank - 1,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 1),
];

const isScalar = (value: Value): boolean => value.shape.every((d) => d === 1);

class Layouter {
  readonly #b: Builder;
  readonly #blocked: BlockedOperators | undefined;
  readonly #uses = new Map<Value, number>();
  readonly #placed = new Map<Value, Placed>();

  constructor(b: Builder, block: number, order: readonly Value[], roots: readonly Value[]) {
    this.#b = b;
    this.#blocked = block > 1 ? new BlockedOperators(b, block) : undefined;
    const add = (v: Value) => this.#uses.set(v, (this.#uses.get(v) ?? 0) + 1);
    for (const value of order) for (const input of value.inputs) if (input) add(input);
    for (const root of roots) add(root);
    for (const value of order) this.#placed.set(value, this.#place(value));
  }

  result(value: Value): Value {
    return this.#plain(this.#placed.get(value)!);
  }

  // The forms of a value, made on demand

  #plain(p: Placed): Value {
    if (p.plain) return p.plain;
    if (p.turned) {
      const rank = p.turned.shape.length;
      p.plain = this.#b.transpose(p.turned, p.axis === 1 ? toFirst(rank) : toLast(rank));
    } else {
      const { toChannelsFirst, toChannelsLast } = this.#operators(['toChannelsFirst', 'toChannelsLast']);
      p.plain = p.axis === 1 ? toChannelsFirst(p.blocked!) : toChannelsLast(p.blocked!);
    }
    return p.plain;
  }

  #operators<K extends 'toChannelsFirst' | 'toChannelsLast' | 'fromChannelsFirst' | 'fromChannelsLast'>(
    names: readonly K[],
  ): Record<K, (x: Value) => Value> {
    const operators = this.#blocked!;
    return Object.fromEntries(names.map((n) => [n, (x: Value) => operators[n](x)])) as any;
  }
}

import { sameShape, sizeOf } from '../../graph/shape.ts';
import { type BlockedOperand, BlockedOperators } from './blocked.ts';
import { type Builder, orderValues, type Value } from './builder.ts';
import { blockedForm, type Forms, plainForm, toFirst, toLast, turnedForm } from './forms.ts';
import { kernelGradient } from './lower/kernel-gradient.ts';
import { unpool } from './lower/unpool.ts';
import { windowsFrom } from './lower/windows.ts';
import { OWN } from './model.ts';

/**
 * Where images lie in memory. ONNX convolves channels first, users may write channels last, and the CPU
 * kernels are at their best with blocks of channels (blocked.ts). One walk from the inputs to the results
 * lets every value exist in several forms (forms.ts), and lets element-wise operations, reductions and
 * pooling work in the form in which their operands already are: so the transposes that surround each
 * convolution meet and vanish. Operations of ours become ONNX operators on the way.
 *
 * `block` is the number of channels in a block of this machine's kernels; 0 where there are none.
 */
export function layOut(b: Builder, roots: readonly Value[], block: number): Value[] {
  const layouter = new Layouter(b, block, roots);
  return roots.map((root) => layouter.result(root));
}

const elementwise = new Set([
  ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Cast', 'Ceil', 'Cos', 'Cosh'],
  ...['Erf', 'Exp', 'Floor', 'IsNaN', 'Log', 'Neg', 'Not', 'Relu', 'Round', 'Sigmoid', 'Sign'],
  ...['Sin', 'Sinh', 'Sqrt', 'Tan', 'Tanh', 'Add', 'And', 'Div', 'Equal', 'Greater', 'Less'],
  ...[
    'GreaterOrEqual',
    'LessOrEqual',
    'Max',
    'Min',
    'Mod',
    'Mul',
    'Or',
    'Pow',
    'Sub',
    'Where',
    'HardSigmoid',
  ],
]);

const isScalar = (value: Value): boolean => value.shape.every((d) => d === 1);

const same = (a: readonly number[], c: readonly number[]): boolean =>
  a.length === c.length && a.every((v, i) => v === c[i]);

class Layouter {
  readonly #b: Builder;
  readonly #blocks: BlockedOperators | undefined;
  readonly #uses = new Map<Value, number>();
  readonly #forms = new Map<Value, Forms>();

  constructor(b: Builder, block: number, roots: readonly Value[]) {
    this.#b = b;
    this.#blocks = block > 1 ? new BlockedOperators(b, block) : undefined;
    const order = orderValues(roots);
    const add = (v: Value) => this.#uses.set(v, (this.#uses.get(v) ?? 0) + 1);
    for (const value of order) for (const input of value.inputs) if (input) add(input);
    for (const root of roots) add(root);
    for (const value of order) this.#forms.set(value, this.#visit(value));
  }

  result(value: Value): Value {
    return this.#plain(this.#of(value));
  }

  #of(value: Value): Forms {
    return this.#forms.get(value)!;
  }

  #plain(forms: Forms): Value {
    return plainForm(this.#b, this.#blocks, forms);
  }

  #asPlain(value: Value, plain: Value): Forms {
    return { axis: 1, plain, exclusive: this.#uses.get(value) === 1 };
  }

  #asBlocked(value: Value, blocked: Value, axis: number): Forms {
    return { axis, blocked, exclusive: this.#uses.get(value) === 1 };
  }

  #visit(value: Value): Forms {
    if (value.domain === OWN) return this.#own(value);
    if (value.op === 'Transpose') return this.#transpose(value) ?? this.#copy(value);
    if (value.op === 'Conv') return this.#convolution(value) ?? this.#copy(value);
    if (value.op === 'MaxPool' || value.op === 'AveragePool') {
      return this.#pool(value) ?? this.#copy(value);
    }
    if (value.op === 'ReduceSum') return this.#reduceSum(value) ?? this.#copy(value);
    if (value.op === 'Concat') return this.#concat(value) ?? this.#copy(value);
    if (elementwise.has(value.op)) return this.#elementwise(value) ?? this.#copy(value);
    return this.#copy(value);
  }

  /** The operation as it is, on plain operands. */
  #copy(value: Value): Forms {
    const inputs = value.inputs.map((i) => i && this.#plain(this.#of(i)));
    const unchanged = inputs.every((input, i) => input === value.inputs[i]);
    const plain = unchanged ? value : this.#b.op(value.op, inputs, value.attributes, value, value);
    return this.#asPlain(value, plain);
  }

  /** A transpose between the two places of channels only turns a value; it is not carried out yet. */
  #transpose(value: Value): Forms | undefined {
    const source = this.#of(value.inputs[0]!);
    const perm = value.attributes.perm as readonly number[];
    const rank = perm.length;
    if (rank < 3) return undefined;
    const last = rank - 1;
    const exclusive = source.exclusive && this.#uses.get(value) === 1;
    for (const [order, from, to] of [
      [toLast(rank), 1, last],
      [toFirst(rank), last, 1],
    ] as const) {
      if (!same(perm, order)) continue;
      if (source.axis === from) {
        const { plain: turned, turned: plain, blocked } = source;
        return { axis: to, plain, turned, blocked, exclusive };
      }
      return { axis: to, turned: this.#plain(source), exclusive };
    }
    return undefined;
  }

  #convolution(value: Value): Forms | undefined {
    const [x, kernel] = value.inputs as Value[];
    const blocks = this.#blocks;
    if (!blocks || x.type !== 'float32') return undefined;
    const weights = this.#plain(this.#of(kernel));
    const kind = blocks.convolution(weights, Number(value.attributes.group ?? 1));
    if (kind === 'no') return undefined;
    const source = this.#of(x);
    const image =
      kind === 'blocked input' ? blockedForm(this.#b, blocks, source, 1) : this.#plain(source);
    const result = blocks.convolve(image, weights, undefined, value.attributes, value.shape);
    return this.#asBlocked(value, result, 1);
  }

  #pool(value: Value): Forms | undefined {
    const source = this.#of(value.inputs[0]!);
    // With indices, which count in the plain layout, it stays there.
    if (!this.#blocks || !source.blocked || source.axis !== 1 || value.type !== 'float32') {
      return undefined;
    }
    const op = value.op as 'MaxPool' | 'AveragePool';
    const result = this.#blocks.pool(op, source.blocked, value.attributes, value.shape);
    return this.#asBlocked(value, result, 1);
  }

  #own(value: Value): Forms {
    return value.op === 'MaxPoolGrad' ? this.#unpool(value) : this.#kernelGradient(value);
  }

  #unpool(value: Value): Forms {
    const [x, y, dy] = value.inputs.map((i) => this.#of(i!));
    const windows = windowsFrom(value.attributes);
    const { window, strides } = windows;
    const blocks = this.#blocks;
    if (
      blocks &&
      x.blocked &&
      y.blocked &&
      x.axis === 1 &&
      y.axis === 1 &&
      blocks.tiles(x.blocked, window, strides, y.blocked)
    ) {
      const gradient = blockedForm(this.#b, blocks, dy, 1);
      return this.#asBlocked(value, blocks.unpool(x.blocked, y.blocked, gradient, window), 1);
    }
    const [px, py, pdy] = [x, y, dy].map((f) => this.#plain(f));
    return this.#asPlain(value, unpool(this.#b, px, py, pdy, windows));
  }

  #kernelGradient(value: Value): Forms {
    const [x, dy] = value.inputs.map((i) => this.#of(i!));
    const windows = windowsFrom(value.attributes);
    const groups = Number(value.attributes.group ?? 1);
    const blocks = this.#blocks;
    if (
      blocks &&
      value.shape.length === 4 &&
      x.axis === 1 &&
      x.blocked &&
      dy.blocked &&
      blocks.hasKernelGradient(x.blocked, dy.blocked, windows.dilations, groups)
    ) {
      const { window, strides, padding } = windows;
      const gradient = blockedForm(this.#b, blocks, dy, 1);
      const hwio = blocks.kernelGradient(x.blocked, gradient, window, strides, padding);
      return this.#asPlain(value, this.#b.transpose(hwio, [3, 2, 0, 1]));
    }
    const gradient = kernelGradient(this.#b, this.#plain(x), this.#plain(dy), windows, groups);
    return this.#asPlain(value, gradient);
  }

  /** Sums that leave images, or channels, or both: alike in every layout. */
  #reduceSum(value: Value): Forms | undefined {
    const [x, axes] = value.inputs as Value[];
    const { axis, plain, turned, blocked } = this.#of(x);
    const rank = x.shape.length;
    if (plain || rank < 3 || (!turned && !blocked)) return undefined;
    const summed = Array.from(axes.data ?? [], Number);
    const kept = x.shape.map((_, i) => i).filter((i) => !summed.includes(i));
    if (summed.length === 0 || kept.some((i) => i !== 0 && i !== axis)) return undefined;
    const b = this.#b;
    let sum: Value | undefined;
    if (blocked && same(kept, [axis])) sum = this.#blocks!.sumPerChannel(blocked);
    else if (blocked && same(kept, [0, axis])) sum = this.#blocks!.sumPerImage(blocked);
    else if (turned) {
      const perm = axis === 1 ? toLast(rank) : toFirst(rank);
      const moved = summed.map((i) => perm.indexOf(i)).sort((i, k) => i - k);
      sum = b.reduce('ReduceSum', turned, moved, false);
    }
    return sum && this.#asPlain(value, b.reshape(sum, value.shape));
  }

  /** Blocks of channels can be laid one after another. */
  #concat(value: Value): Forms | undefined {
    const parts = value.inputs.map((i) => this.#of(i!));
    const [{ axis, blocked }] = parts;
    const blocks = this.#blocks;
    if (!blocks || !blocked || value.attributes.axis !== axis) return undefined;
    if (parts.some((p) => !p.blocked || p.axis !== axis)) return undefined;
    return this.#asBlocked(
      value,
      this.#b.concat(
        parts.map((p) => p.blocked!),
        1,
      ),
      axis,
    );
  }

  #elementwise(value: Value): Forms | undefined {
    if (value.shape.length < 3) return undefined;
    const inputs = value.inputs as Value[];
    const full = inputs.filter((i) => sameShape(i.shape, value.shape)).map((i) => this.#of(i));
    const lead =
      full.find((f) => f.blocked && !f.plain) ??
      full.find((f) => f.blocked) ??
      full.find((f) => f.turned && !f.plain);
    if (!lead) return undefined;
    const { axis } = lead;
    // Only floats can be brought into blocks; conditions may come in them.
    const canTurn = (i: Value) =>
      !lead.blocked || i.type === 'float32' || (this.#of(i).blocked && this.#of(i).axis === axis);
    const fits = (i: Value) =>
      isScalar(i) ||
      (sameShape(i.shape, value.shape) && canTurn(i)) ||
      isVector(i, [0, axis], value.shape);
    if (!inputs.every(fits)) return undefined;
    return (
      this.#fused(value, lead) ??
      (lead.blocked ? this.#onBlocks(value, axis) : this.#turnedRound(value, axis))
    );
  }

  #onBlocks(value: Value, axis: number): Forms {
    const b = this.#b;
    const blocks = this.#blocks!;
    const operands = (value.inputs as Value[]).map((i): BlockedOperand => {
      if (sameShape(i.shape, value.shape)) {
        return { value: blockedForm(b, blocks, this.#of(i), axis), varies: 'everywhere' };
      }
      const plain = this.#plain(this.#of(i));
      if (isScalar(i)) return { value: b.reshape(plain, []), varies: 'nowhere' };
      const channels = isVector(i, [axis], value.shape);
      return { value: plain, varies: channels ? 'by channel' : 'by image and channel' };
    });
    const result = blocks.stretch(operands, (inputs, shape) =>
      b.op(value.op, inputs, value.attributes, { type: value.type, shape }),
    );
    return this.#asBlocked(value, result, axis);
  }

  #turnedRound(value: Value, axis: number): Forms {
    const b = this.#b;
    const rank = value.shape.length;
    const perm = axis === 1 ? toLast(rank) : toFirst(rank);
    const shape = perm.map((p) => value.shape[p]);
    const operands = (value.inputs as Value[]).map((i) => {
      if (sameShape(i.shape, value.shape)) return turnedForm(b, this.#blocks, this.#of(i), axis);
      const plain = this.#plain(this.#of(i));
      if (isScalar(i)) return plain;
      // A vector's axes of size 1 can be put in any order.
      const own = [...new Array<number>(rank - i.shape.length).fill(1), ...i.shape];
      return b.reshape(
        plain,
        perm.map((p) => own[p]),
      );
    });
    const turned = b.op(value.op, operands, value.attributes, { type: value.type, shape });
    return { axis, turned, exclusive: this.#uses.get(value) === 1 };
  }

  /** A bias or an activation that the blocked convolution before it can take in. */
  #fused(value: Value, { exclusive, blocked: conv, axis }: Forms): Forms | undefined {
    if (!exclusive || conv?.op !== 'Conv' || 'activation' in conv.attributes) return undefined;
    const b = this.#b;
    if (value.op === 'Relu') {
      const attributes = { ...conv.attributes, activation: 'Relu' };
      return this.#asBlocked(value, b.op('Conv', conv.inputs, attributes, conv, conv), axis);
    }
    if (value.op !== 'Add' || conv.inputs.length > 2) return undefined;
    const channels = value.shape[axis];
    const bias = (value.inputs as Value[]).find(
      (i) => isVector(i, [axis], value.shape) && sizeOf(i.shape) === channels,
    );
    if (!bias) return undefined;
    const vector = b.reshape(this.#plain(this.#of(bias)), [channels]);
    const fused = b.op('Conv', [...conv.inputs, vector], conv.attributes, conv, conv);
    return this.#asBlocked(value, fused, axis);
  }
}

/** Whether `value`, broadcast to `shape`, varies along some of `axes` alone. */
function isVector(
  { shape: own }: Value,
  axes: readonly number[],
  shape: readonly number[],
): boolean {
  const lead = shape.length - own.length;
  return (
    lead >= 0 && own.every((d, i) => d === 1 || (axes.includes(i + lead) && d === shape[i + lead]))
  );
}

import { sameShape, sizeOf } from '../../graph/shape.ts';
import { type Builder, orderValues, type Target, type Value } from './builder.ts';
import type { OnnxAttributes } from './model.ts';

/**
 * Patterns that ONNX Runtime does not find by itself, as rules on values: a rule sees a value whose
 * inputs are already rewritten and returns what to put in its place. Passes repeat until nothing
 * changes. What each rule is worth was measured on the CPU provider; its comment says what it saves.
 */
export type Rule = (value: Value, context: RuleContext) => Value | undefined;

export interface RuleContext {
  readonly b: Builder;
  /** Whether nothing but the value at hand reads `value`. */
  readonly single: (value: Value) => boolean;
}

function countUses(order: readonly Value[], roots: readonly Value[]): Map<Value, number> {
  const uses = new Map<Value, number>();
  const add = (v: Value) => uses.set(v, (uses.get(v) ?? 0) + 1);
  for (const value of order) for (const input of value.inputs) if (input) add(input);
  for (const root of roots) add(root);
  return uses;
}

/** One pass of all rules over the values that `roots` depend on. */
function rewriteOnce(b: Builder, roots: readonly Value[], rules: readonly Rule[]): Value[] {
  const order = orderValues(roots);
  const before = countUses(order, roots);
  const replaced = new Map<Value, Value>();
  // A rewritten value is read as often as what it stands for, all of that taken together.
  const after = new Map<Value, number>();
  const context: RuleContext = { b, single: (v) => (after.get(v) ?? 1) === 1 };
  for (const value of order) {
    const inputs = value.inputs.map((i) => i && replaced.get(i)!);
    const same = inputs.every((input, i) => input === value.inputs[i]);
    let result = same ? value : b.op(value.op, inputs, value.attributes, value, value);
    for (const rule of rules) result = rule(result, context) ?? result;
    replaced.set(value, result);
    after.set(result, (after.get(result) ?? 0) + before.get(value)!);
  }
  return roots.map((r) => replaced.get(r)!);
}

export function rewrite(b: Builder, roots: readonly Value[], rules: readonly Rule[]): Value[] {
  const LIMIT = 8;
  let current = [...roots];
  for (let pass = 0; pass < LIMIT; pass++) {
    const next = rewriteOnce(b, current, rules);
    if (next.every((v, i) => v === current[i])) return current;
    current = next;
  }
  return current;
}

/** The number that a one-element float initializer holds. */
function numberOf(value: Value | undefined): number | undefined {
  if (value?.op !== 'Initializer' || value.data?.length !== 1) return undefined;
  return Number(value.data[0]);
}

const isScalar = (value: Value): boolean => value.shape.every((d) => d === 1);

const floatOf = (attributes: OnnxAttributes, name: string): number => {
  const value = attributes[name];
  return typeof value === 'object' && 'float' in value ? value.float : 1;
};

/** A product of two float matrices; a bare MatMul counts as a Gemm without transposes. */
function asGemm(
  value: Value,
): { a: Value; c: Value; bias?: Value; attributes: OnnxAttributes } | undefined {
  const [a, c, bias] = value.inputs;
  const float = value.type === 'float32' || value.type === 'float64';
  if (!float || !a || !c || a.shape.length !== 2 || c.shape.length !== 2) return undefined;
  if (value.op === 'MatMul') return { a, c, attributes: {} };
  return value.op === 'Gemm' ? { a, c, bias, attributes: value.attributes } : undefined;
}

/** Elements that an operator handles in the time that it takes to call it. */
const CHEAP = 4096;

/**
 * A product times a number. A number known now goes into Gemm's alpha; a learning rate, which is known
 * only when the graph runs, scales the smaller factor instead of the product.
 */
const scaleIntoProduct: Rule = (value, { b, single }) => {
  if (value.op !== 'Mul') return undefined;
  const [x, y] = value.inputs as Value[];
  const [product, scale] = isScalar(y) ? [x, y] : [y, x];
  const gemm = asGemm(product);
  if (!gemm || gemm.bias || !isScalar(scale) || !single(product)) return undefined;
  if (scale.shape.length > 2) return undefined;
  const { a, c, attributes } = gemm;
  const number = numberOf(scale);
  if (number !== undefined) {
    const alpha = { float: floatOf(attributes, 'alpha') * number };
    return b.op('Gemm', [a, c], { ...attributes, alpha }, product);
  }
  const size = ({ shape }: Value) => Math.abs(sizeOf(shape));
  const [smaller, larger] = size(a) < size(c) ? [a, c] : [c, a];
  if (size(smaller) > Math.max(size(product), CHEAP)) return undefined;
  const scaled = b.mul(smaller, scale);
  const factors = smaller === a ? [scaled, larger] : [larger, scaled];
  return b.op(product.op, factors, product.attributes, product);
};

/** `value` as a term times a known number: c * x, -x or x. */
function scaledTerm(value: Value): [term: Value, factor: number] {
  if (value.op === 'Mul') {
    const [x, y] = value.inputs as Value[];
    for (const [term, factor] of [
      [x, numberOf(y)],
      [y, numberOf(x)],
    ] as const) {
      if (factor !== undefined) return [term, factor];
    }
  }
  return value.op === 'Neg' ? [value.inputs[0]!, -1] : [value, 1];
}

function broadcastsToProduct(term: Value, product: Value): boolean {
  const [rows, columns] = product.shape;
  const shape = [...Array(2 - Math.min(2, term.shape.length)).fill(1), ...term.shape];
  return (
    shape.length === 2 &&
    (shape[0] === rows || shape[0] === 1) &&
    (shape[1] === columns || shape[1] === 1)
  );
}

/**
 * A product plus or minus a term: Gemm's third operand. For a bias it lets ONNX Runtime fuse the
 * activation; for momentum it joins the weight's gradient and the velocity's update in one operator.
 */
const addIntoProduct: Rule = (value, { b, single }) => {
  if (value.op !== 'Add' && value.op !== 'Sub') return undefined;
  const [x, y] = value.inputs as Value[];
  const sign = value.op === 'Sub' ? -1 : 1;
  for (const [product, other, alphaSign, betaSign] of [
    [x, y, 1, sign],
    [y, x, sign, 1],
  ] as const) {
    const gemm = asGemm(product);
    if (!gemm || gemm.bias || !single(product)) continue;
    const [term, factor] =
      single(other) || numberOf(other) === undefined ? scaledTerm(other) : [other, 1];
    if (!broadcastsToProduct(term, product) || value.shape.length !== 2) continue;
    if (value.shape.some((d, i) => d !== product.shape[i])) continue;
    const { a, c, attributes } = gemm;
    const alpha = alphaSign * floatOf(attributes, 'alpha');
    const beta = betaSign * factor;
    const rest = Object.fromEntries(
      Object.entries(attributes).filter(([name]) => name !== 'alpha' && name !== 'beta'),
    );
    return b.op(
      'Gemm',
      [a, c, term],
      {
        ...rest,
        ...(alpha === 1 ? {} : { alpha: { float: alpha } }),
        ...(beta === 1 ? {} : { beta: { float: beta } }),
      },
      product,
    );
  }
  return undefined;
};

/** A number a channel, added to a convolution: its own third operand. */
const addIntoConvolution: Rule = (value, { b, single }) => {
  if (value.op !== 'Add') return undefined;
  const [x, y] = value.inputs as Value[];
  for (const [conv, bias] of [
    [x, y],
    [y, x],
  ]) {
    const plain = conv.op === 'Conv' && conv.domain === '' && conv.inputs.length === 2;
    if (!plain || !single(conv) || !sameShape(conv.shape, value.shape)) continue;
    const channels = conv.shape[1];
    const lead = conv.shape.length - bias.shape.length;
    const vector = bias.shape.every((d, i) => d === (i + lead === 1 ? channels : 1));
    if (!vector || sizeOf(bias.shape) !== channels) continue;
    return b.op('Conv', [...conv.inputs, b.reshape(bias, [channels])], conv.attributes, conv);
  }
  return undefined;
};

/**
 * `y > 0 ? dy : 0`, the gradient of relu, as a product with a mask of zeros and ones. A steep
 * HardSigmoid makes the mask in one vectorized pass; Where runs on one thread, six times slower.
 */
const maskByProduct: Rule = (value, { b }) => {
  if (value.op !== 'Where' || value.type !== 'float32') return undefined;
  const [condition, kept, other] = value.inputs as Value[];
  if (condition.op !== 'Greater' || numberOf(other) !== 0) return undefined;
  const [y, zero] = condition.inputs as Value[];
  if (y.type !== 'float32' || numberOf(zero) !== 0) return undefined;
  if (sizeOf(value.shape) !== sizeOf(y.shape)) return undefined;
  const steep = { alpha: { float: 1e38 }, beta: { float: 0 } };
  return b.mul(kept, b.op('HardSigmoid', [y], steep, y));
};

const products = [scaleIntoProduct, addIntoProduct, addIntoConvolution];

const rules: Readonly<Record<Target, readonly Rule[]>> = {
  cpu: [...products, maskByProduct],
  wasm: [...products, maskByProduct],
  webgpu: products,
  cuda: products,
  portable: products,
};

export function rulesFor(target: Target): readonly Rule[] {
  return rules[target];
}

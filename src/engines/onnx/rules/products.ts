import { sameShape, sizeOf } from '../../../graph/shape.ts';
import type { Value } from '../builder.ts';
import { CONTRIB, type OnnxAttributes } from '../model.ts';
import { isScalar, numberOf } from './numbers.ts';
import type { Rule } from './rule.ts';

/** What a matrix product or a convolution can do on the side: scale, add, accumulate. */

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

/** Elements from which on ONNX Runtime's way to start a Gemm from a bias, on one thread, costs too much. */
const WIDE = 1 << 18;

/**
 * A bias on a large product as a sum of its own, which runs on all threads. Said with ONNX Runtime's own
 * operator, since it would make a Gemm of MatMul and Add.
 */
const addBesideProduct: Rule = (value, { b, single }) => {
  if (value.op !== 'Add') return undefined;
  const [x, y] = value.inputs as Value[];
  for (const [product, bias] of [
    [x, y],
    [y, x],
  ]) {
    const { op, type, shape } = product;
    const plain = op === 'MatMul' || (op === 'Gemm' && product.inputs.length === 2);
    const large = type === 'float32' && sizeOf(shape) >= WIDE && sameShape(shape, value.shape);
    const row = shape.length >= 2 && sameShape(bias.shape, shape.slice(-1));
    if (!plain || !large || !row || !single(product)) continue;
    const made = b.op('FusedMatMul', product.inputs, product.attributes, product, {
      domain: CONTRIB,
    });
    return b.add(made, bias);
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

export const productRules: readonly Rule[] = [scaleIntoProduct, addIntoProduct, addIntoConvolution];

/** Where threads share the work of an operator. */
export const threadedRules: readonly Rule[] = [addBesideProduct];

import type { Node } from '../../../graph/node.ts';
import * as b from '../../../ops/build.ts';
import type { StepRule } from './sequence.ts';

/**
 * The recurrences of this library with their gradients, for the activations they are used with. Each
 * derivation is one page: write a = sigmoid'(x) = a (1 - a) and tanh'(x) = 1 - tanh(x)^2 in terms of what
 * the step has computed anyway.
 */

const { add, mul, sub } = b;
const columns = (x: Node, from: number, to: number): Node => b.sliceAxis(x, -1, from, to);
const side = (...parts: Node[]): Node => b.concatenate(parts, -1);

/**
 * LSTM with sigmoid gates and tanh, projected [.., 4 units] in the order i, f, g, o; weights: the
 * recurrent kernel. With c = f c' + i g and h = o tanh(c), given dh and the carry's own gradient:
 *
 *   dc = dh (o - h tanh(c)) + own      di = dc (1 - i) i g     df = dc (1 - f) f c'
 *   dc' = dc f                         dg = dc (i - i g g)     do = dh (1 - o) h
 */
export const lstmRule: StepRule = {
  forward: ([x], [h, c], [kernel]) => {
    const units = h.shape[1];
    const z = add(b.matMul(h, kernel), x);
    const gates = b.sigmoid(columns(z, 0, 2 * units));
    const [i, f] = [columns(gates, 0, units), columns(gates, units, 2 * units)];
    const g = b.tanh(columns(z, 2 * units, 3 * units));
    const o = b.sigmoid(columns(z, 3 * units, 4 * units));
    const [kept, added] = [mul(f, c), mul(i, g)];
    const carry = add(kept, added);
    const squashed = b.tanh(carry);
    const output = mul(o, squashed);
    return {
      states: [output, carry],
      saved: [h, gates, g, o, kept, added, squashed, output],
    };
  },
  backward: ([h, gates, g, o, kept, added, squashed, output], [dh, own], [kernel]) => {
    const units = h.shape[1];
    const [i, f] = [columns(gates, 0, units), columns(gates, units, 2 * units)];
    const through = mul(dh!, sub(o, mul(output, squashed)));
    const dc = own ? add(through, own) : through;
    const slopes = side(
      mul(sub(1, gates), side(added, kept)),
      sub(i, mul(added, g)),
      sub(output, mul(o, output)),
    );
    const dz = mul(slopes, side(dc, dc, dc, dh!));
    return {
      x: [dz],
      states: [b.matMul(dz, kernel, { transposeB: true }), mul(dc, f)],
      weights: [{ left: h, right: dz }],
    };
  },
};

/**
 * GRU with the reset gate behind the product; projected: gates [.., 2 units] in the order z, r and
 * candidate [.., units]; weights: kernels of both, and the bias of the candidate's product. With
 * n = tanh(x + r (h' U + b)) and h = n + z (h' - n):
 *
 *   dn = dh (1 - z) (1 - n n)    dz = dh (h' - n) z (1 - z)    dr = dn (h' U + b) r (1 - r)
 */
export const gruResetAfterRule: StepRule = {
  forward: ([xGates, xCandidate], [h], [gateKernel, kernel, bias]) => {
    const units = h.shape[1];
    const gates = b.sigmoid(add(b.matMul(h, gateKernel), xGates));
    const [z, r] = [columns(gates, 0, units), columns(gates, units, 2 * units)];
    const inner = add(b.matMul(h, kernel), bias);
    const n = b.tanh(add(xCandidate, mul(r, inner)));
    const apart = sub(h, n);
    return { states: [add(n, mul(z, apart))], saved: [h, gates, inner, n, apart] };
  },
  backward: ([h, gates, inner, n, apart], [dh], [gateKernel, kernel]) => {
    const units = h.shape[1];
    const [z, r] = [columns(gates, 0, units), columns(gates, units, 2 * units)];
    const dn = mul(mul(dh!, sub(1, z)), sub(1, mul(n, n)));
    const dGates = mul(side(mul(dh!, apart), mul(dn, inner)), sub(gates, mul(gates, gates)));
    const dInner = mul(dn, r);
    const back = add(
      b.matMul(dInner, kernel, { transposeB: true }),
      add(b.matMul(dGates, gateKernel, { transposeB: true }), mul(dh!, z)),
    );
    return {
      x: [dGates, dn],
      states: [back],
      weights: [{ left: h, right: dGates }, { left: h, right: dInner }, { right: dInner }],
    };
  },
};

/** GRU with the reset gate before the product: n = tanh(x + (r h') U). Weights: the two kernels. */
export const gruResetBeforeRule: StepRule = {
  forward: ([xGates, xCandidate], [h], [gateKernel, kernel]) => {
    const units = h.shape[1];
    const gates = b.sigmoid(add(b.matMul(h, gateKernel), xGates));
    const [z, r] = [columns(gates, 0, units), columns(gates, units, 2 * units)];
    const reset = mul(r, h);
    const n = b.tanh(add(b.matMul(reset, kernel), xCandidate));
    const apart = sub(h, n);
    return { states: [add(n, mul(z, apart))], saved: [h, gates, reset, n, apart] };
  },
  backward: ([h, gates, reset, n, apart], [dh], [gateKernel, kernel]) => {
    const units = h.shape[1];
    const [z, r] = [columns(gates, 0, units), columns(gates, units, 2 * units)];
    const dn = mul(mul(dh!, sub(1, z)), sub(1, mul(n, n)));
    const dReset = b.matMul(dn, kernel, { transposeB: true });
    const dGates = mul(side(mul(dh!, apart), mul(dReset, h)), sub(gates, mul(gates, gates)));
    const back = add(
      b.matMul(dGates, gateKernel, { transposeB: true }),
      add(mul(dReset, r), mul(dh!, z)),
    );
    return {
      x: [dGates, dn],
      states: [back],
      weights: [
        { left: h, right: dGates },
        { left: reset, right: dn },
      ],
    };
  },
};

interface SlopeFromValue {
  readonly apply: (x: Node) => Node;
  readonly slope: (dy: Node, y: Node) => Node;
}

/** Activations whose slope follows from their value y. */
const plain = {
  linear: { apply: (x) => x, slope: (dy) => dy },
  tanh: { apply: b.tanh, slope: (dy, y) => mul(dy, sub(1, mul(y, y))) },
  sigmoid: { apply: b.sigmoid, slope: (dy, y) => mul(dy, sub(y, mul(y, y))) },
  relu: { apply: b.relu, slope: (dy, y) => b.select(b.greater(y, 0), dy, 0) },
} satisfies Record<string, SlopeFromValue>;

export type PlainActivation = keyof typeof plain;

export const plainActivations = Object.keys(plain) as PlainActivation[];

/** The plain recurrence h = activation(x + h' U). Weights: the recurrent kernel. */
export function simpleRule(name: PlainActivation): StepRule {
  const { apply, slope }: SlopeFromValue = plain[name];
  return {
    forward: ([x], [h], [kernel]) => {
      const next = apply(add(b.matMul(h, kernel), x));
      return { states: [next], saved: [h, next] };
    },
    backward: ([h, next], [dh], [kernel]) => {
      const dz = slope(dh!, next);
      return {
        x: [dz],
        states: [b.matMul(dz, kernel, { transposeB: true })],
        weights: [{ left: h, right: dz }],
      };
    },
  };
}

import type { Node } from '../../../graph/node.ts';
import * as b from '../../../ops/build.ts';
import * as f from '../../../ops/functions/index.ts';
import { constantValue } from '../../constants.ts';
import { table } from '../../table.ts';
import type { OperatorContext, OperatorTable } from './context.ts';

/**
 * LSTM, GRU and RNN over [steps, batch, features]. Gates stand in ONNX's order: input, output, forget,
 * cell for LSTM; update, reset, hidden for GRU.
 */

type Activation = (x: Node) => Node;

const activations = table<(alpha: number | undefined, beta: number | undefined) => Activation>({
  Relu: () => b.relu,
  Tanh: () => b.tanh,
  Sigmoid: () => b.sigmoid,
  Softsign: () => f.softsign,
  Softplus: () => b.softplus,
  LeakyRelu:
    (alpha = 0.01) =>
    (x) =>
      f.leakyRelu(x, alpha),
  Elu:
    (alpha = 1) =>
    (x) =>
      f.elu(x, alpha),
  Affine:
    (alpha = 1, beta = 0) =>
    (x) =>
      b.add(b.mul(x, alpha), beta),
  HardSigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (x) =>
      f.clip(b.add(b.mul(x, alpha), beta), 0, 1),
});

/** The functions of one direction. */
function functionsOf(
  c: OperatorContext,
  direction: number,
  usual: readonly string[],
): Activation[] {
  const names = c.texts('activations');
  const [alphas, betas] = [c.list('activation_alpha') ?? [], c.list('activation_beta') ?? []];
  return usual.map((name, i) => {
    const at = direction * usual.length + i;
    const wanted = names?.[at] ?? name;
    const make = activations[wanted] ?? c.refuse(`the activation '${wanted}' is not supported`);
    return make(alphas[at], betas[at]);
  });
}

/** One direction's part of a weight [directions, ...]. */
function part(x: Node | undefined, direction: number): Node | undefined {
  return x && b.reshape(b.sliceAxis(x, 0, direction, direction + 1), x.shape.slice(1));
}

interface Cell {
  /** The gates' part that the input makes, for all steps at once: [steps * batch, gates]. */
  readonly projected: Node;
  readonly state: readonly Node[];
  step(x: Node, state: readonly Node[]): readonly Node[];
}

interface Direction {
  readonly outputs: readonly Node[];
  readonly state: readonly Node[];
}

function run(cell: Cell, steps: number, batch: number, backwards: boolean): Direction {
  const outputs: Node[] = [];
  let { state } = cell;
  for (let i = 0; i < steps; i++) {
    const t = backwards ? steps - 1 - i : i;
    state = cell.step(b.sliceAxis(cell.projected, 0, t * batch, (t + 1) * batch), state);
    outputs[t] = state[0];
  }
  return { outputs, state };
}

type MakeCell = (c: OperatorContext, x: Node, direction: number, size: Size) => Cell;

interface Size {
  readonly steps: number;
  readonly batch: number;
  readonly hidden: number;
}

const zeros = ({ batch, hidden }: Size): Node => b.filled([batch, hidden], 0);

/** What input and bias make of the gates. */
function project(c: OperatorContext, x: Node, direction: number, bias: Node | undefined): Node {
  const w = part(c.input(1), direction)!;
  const flat = b.reshape(x, [x.shape[0] * x.shape[1], x.shape[2]]);
  const product = b.matMul(flat, w, { transposeB: true });
  return bias ? b.add(product, bias) : product;
}

/** The two halves of a bias: for the input and for the state. */
function biases(c: OperatorContext, direction: number): [Node | undefined, Node | undefined] {
  const both = part(c.inputs[3], direction);
  if (!both) return [undefined, undefined];
  const half = both.shape[0] / 2;
  return [b.sliceAxis(both, 0, 0, half), b.sliceAxis(both, 0, half, 2 * half)];
}

const plus = (x: Node, y: Node | undefined): Node => (y ? b.add(x, y) : x);

const gate = (x: Node, i: number, { hidden }: Size): Node =>
  b.sliceAxis(x, 1, i * hidden, (i + 1) * hidden);

const lstm: MakeCell = (c, x, direction, size) => {
  if (c.int('input_forget', 0) === 1) c.refuse('input_forget is not supported');
  const [forInput, forState] = biases(c, direction);
  const r = part(c.input(2), direction)!;
  const [gateFn, cellFn, outFn] = functionsOf(c, direction, ['Sigmoid', 'Tanh', 'Tanh']);
  const peepholes = part(c.inputs[7], direction);
  const peep = (i: number) =>
    peepholes && b.sliceAxis(peepholes, 0, i * size.hidden, (i + 1) * size.hidden);
  const [pi, po, pf] = [peep(0), peep(1), peep(2)];
  const see = (g: Node, p: Node | undefined, cell: Node) => (p ? b.add(g, b.mul(p, cell)) : g);
  return {
    projected: plus(project(c, x, direction, forInput), forState),
    state: [
      part(c.inputs[5], direction) ?? zeros(size),
      part(c.inputs[6], direction) ?? zeros(size),
    ],
    step: (projected, [h, cell]) => {
      const all = b.add(projected, b.matMul(h, r, { transposeB: true }));
      const [i, o, forget, candidate] = [0, 1, 2, 3].map((k) => gate(all, k, size));
      const kept = b.mul(gateFn(see(forget, pf, cell)), cell);
      const next = b.add(kept, b.mul(gateFn(see(i, pi, cell)), cellFn(candidate)));
      return [b.mul(gateFn(see(o, po, next)), outFn(next)), next];
    },
  };
};

const gru: MakeCell = (c, x, direction, size) => {
  const [forInput, forState] = biases(c, direction);
  const r = part(c.input(2), direction)!;
  const [gateFn, hiddenFn] = functionsOf(c, direction, ['Sigmoid', 'Tanh']);
  const after = c.int('linear_before_reset', 0) === 1;
  const { hidden } = size;
  const rGates = b.sliceAxis(r, 0, 0, 2 * hidden);
  const rHidden = b.sliceAxis(r, 0, 2 * hidden, 3 * hidden);
  const biasGates = forState && b.sliceAxis(forState, 0, 0, 2 * hidden);
  const biasHidden = forState && b.sliceAxis(forState, 0, 2 * hidden, 3 * hidden);
  return {
    projected: project(c, x, direction, forInput),
    state: [part(c.inputs[5], direction) ?? zeros(size)],
    step: (projected, [h]) => {
      const made = b.sliceAxis(projected, 1, 0, 2 * hidden);
      const gates = b.add(made, plus(b.matMul(h, rGates, { transposeB: true }), biasGates));
      const z = gateFn(gate(gates, 0, size));
      const reset = gateFn(gate(gates, 1, size));
      const source = after ? h : b.mul(reset, h);
      const recurrent = plus(b.matMul(source, rHidden, { transposeB: true }), biasHidden);
      const candidate = hiddenFn(
        b.add(gate(projected, 2, size), after ? b.mul(reset, recurrent) : recurrent),
      );
      return [b.add(b.mul(b.sub(1, z), candidate), b.mul(z, h))];
    },
  };
};

const rnn: MakeCell = (c, x, direction, size) => {
  const [forInput, forState] = biases(c, direction);
  const r = part(c.input(2), direction)!;
  const [fn] = functionsOf(c, direction, ['Tanh']);
  return {
    projected: plus(project(c, x, direction, forInput), forState),
    state: [part(c.inputs[5], direction) ?? zeros(size)],
    step: (projected, [h]) => [fn(b.add(projected, b.matMul(h, r, { transposeB: true })))],
  };
};

const STEPS = 4096;

function recurrent(make: MakeCell) {
  return (c: OperatorContext): readonly Node[] => {
    const batchFirst = c.int('layout', 0) === 1;
    const x = batchFirst ? b.transpose(c.first, [1, 0, 2]) : c.first;
    const [steps, batch] = x.shape;
    if (steps > STEPS) c.refuse(`${steps} steps are more than the ${STEPS} that are unrolled`);
    if (c.node.attributes.has('clip')) c.refuse('clip is not supported');
    const lengths = c.inputs[4];
    if (lengths) {
      const known = constantValue(lengths);
      if (!known || Array.from(known.data).some((n) => n !== steps)) {
        c.refuse('sequences of different lengths are not supported');
      }
    }
    const hidden = c.input(2).shape.at(-1)!;
    const size = { steps, batch, hidden };
    const way = c.text('direction', 'forward');
    const ways = way === 'bidirectional' ? [false, true] : [way === 'reverse'];
    const directions = ways.map((backwards, d) =>
      run(make(c, x, d, size), steps, batch, backwards),
    );
    const stacked = directions.map(({ outputs }) => f.stack(outputs, 0));
    const sequence = f.stack(stacked, batchFirst ? 2 : 1);
    const y = batchFirst ? b.transpose(sequence, [1, 0, 2, 3]) : sequence;
    const states = directions[0].state.map((_, k) =>
      f.stack(
        directions.map((d) => d.state[k]),
        batchFirst ? 1 : 0,
      ),
    );
    return [y, ...states];
  };
}

export const recurrentOperators: OperatorTable = {
  LSTM: recurrent(lstm),
  GRU: recurrent(gru),
  RNN: recurrent(rnn),
};

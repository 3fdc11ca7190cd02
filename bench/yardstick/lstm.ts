import { lstmSizes, type Workload, workloads } from '../workloads.ts';
import { type TrainingGraph, TrainingGraphWriter } from './training-graph.ts';

/** What a step keeps for the way back. */
interface Step {
  before: { h: string; c: string };
  input: string;
  forget: string;
  candidate: string;
  output: string;
  /** tanh of the cell's new state. */
  squashed: string;
}

/**
 * The LSTM's step as one writes it down at first: every step of the sequence is a piece of the graph of
 * its own, forward and back. The products of the inputs with the kernel, and the three products of the
 * weights' gradients, are taken once over all steps.
 */
export function lstm(workload: Workload = workloads.lstm): TrainingGraph {
  const { batch } = workload;
  const { words, embedding, units } = lstmSizes;
  const steps = workload.input[0] as number;
  const gates = 4 * units;
  const g = new TrainingGraphWriter(workload);
  const table = g.weights('e', [words, embedding]);
  const kernel = g.weights('w', [embedding, gates]);
  const recurrent = g.weights('u', [units, gates]);
  const bias = g.zeros('b', [gates]);
  const outKernel = g.weights('k', [units, 1]);
  const outBias = g.zeros('q', [1]);
  const one = g.constant(1);
  const mul = (x: string, y: string): string => g.op('Mul', [x, y]);
  const add = (x: string, y: string): string => g.op('Add', [x, y]);
  const less = (x: string, y: string): string => g.op('Sub', [x, y]);

  // Words lie step by step: [steps, batch].
  const ids = g.transpose('x', 1, 0);
  const vectors = g.reshape(g.op('Gather', [table, ids]), steps * batch, embedding);
  const products = g.reshape(g.op('Gemm', [vectors, kernel, bias]), steps, batch, gates);
  let h = g.filled(0, batch, units);
  let c = g.filled(0, batch, units);
  const tape: Step[] = [];
  for (const product of g.split(products, 0, steps)) {
    const z = g.op('Gemm', [h, recurrent, g.reshape(product, batch, gates)]);
    const [zi, zf, zc, zo] = g.split(z, 1, 4) as [string, string, string, string];
    const input = g.op('Sigmoid', [zi]);
    const forget = g.op('Sigmoid', [zf]);
    const candidate = g.op('Tanh', [zc]);
    const output = g.op('Sigmoid', [zo]);
    const cell = add(mul(forget, c), mul(input, candidate));
    const squashed = g.op('Tanh', [cell]);
    tape.push({ before: { h, c }, input, forget, candidate, output, squashed });
    h = mul(output, squashed);
    c = cell;
  }

  const d = g.sigmoidLoss(g.op('Gemm', [h, outKernel, outBias]));
  g.adam(outKernel, [units, 1], g.op('Gemm', [h, d], { transA: 1 }));
  g.adam(outBias, [1], g.sum(d, 0));

  let dh = g.op('Gemm', [d, outKernel], { transB: 1 });
  let dc: string | undefined;
  const back: string[] = [];
  /** The gradient before a sigmoid whose result was `s`. */
  const beforeSigmoid = (s: string, gradient: string): string =>
    mul(gradient, mul(s, less(one, s)));
  const beforeTanh = (t: string, gradient: string): string => mul(gradient, less(one, mul(t, t)));
  for (const { before, input, forget, candidate, output, squashed } of tape.toReversed()) {
    const through = beforeTanh(squashed, mul(dh, output));
    const dCell: string = dc === undefined ? through : add(through, dc);
    const dz = g.concat(
      [
        beforeSigmoid(input, mul(dCell, candidate)),
        beforeSigmoid(forget, mul(dCell, before.c)),
        beforeTanh(candidate, mul(dCell, input)),
        beforeSigmoid(output, mul(dh, squashed)),
      ],
      1,
    );
    back.unshift(dz);
    dh = g.op('Gemm', [dz, recurrent], { transB: 1 });
    dc = mul(dCell, forget);
  }
  const all = g.concat(back, 0);
  const states = g.concat(
    tape.map(({ before }) => before.h),
    0,
  );
  g.adam(recurrent, [units, gates], g.op('Gemm', [states, all], { transA: 1 }));
  g.adam(kernel, [embedding, gates], g.op('Gemm', [vectors, all], { transA: 1 }));
  g.adam(bias, [gates], g.sum(all, 0));

  const rows = g.reshape(g.cast(ids, 'int64'), steps * batch, 1);
  const added = g.op('Gemm', [all, kernel], { transB: 1 });
  const nothing = g.op('ConstantOfShape', [g.integers(words, embedding)]);
  const gradient = g.op('ScatterND', [nothing, rows, added], { reduction: 'add' });
  g.adam(table, [words, embedding], gradient);
  return g.finish();
}

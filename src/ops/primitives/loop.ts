import { fail } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Node, ValueType } from '../../graph/node.ts';
import { formatShape, sameShape } from '../../graph/shape.ts';
import { describe, primitive } from './rules.ts';

/** Repetition: one step as a graph of its own, taken many times. */

/**
 * One step of a loop. `graph.inputs` are the carries, the slices of the sequences and the constants;
 * `graph.outputs` the carries after the step and the results of the step. The graph is closed: whatever
 * a step reads from outside is a constant of the loop.
 */
export interface LoopBody {
  readonly graph: Graph;
  readonly carries: number;
  readonly slices: number;
  /** The gradient of a step written by hand; by default a step is differentiated as it stands. */
  readonly adjoint?: Adjoint;
}

/** Gradients that one step hands on, of the shapes of what they belong to; undefined stands for zero. */
export interface StepGradients {
  readonly slices: readonly (Node | undefined)[];
  /** Of the carries before the step. */
  readonly carries: readonly (Node | undefined)[];
  /** What this step adds to the gradients of the constants. */
  readonly constants: readonly (Node | undefined)[];
}

/** Something that a step reads or computes. */
export interface StepPart {
  readonly of: 'carries' | 'slices' | 'results';
  readonly at: number;
}

export interface Adjoint {
  /** What the gradient of a step needs to know of it; carries are those before the step. */
  readonly saved: readonly StepPart[];
  /** Positions of the results that it takes gradients of; those of others are never passed. */
  readonly results: readonly number[];
  /** From what was saved and the gradients after the step to those before it. */
  step(
    saved: readonly Node[],
    gradients: { carries: readonly (Node | undefined)[]; results: readonly (Node | undefined)[] },
    constants: readonly Node[],
  ): StepGradients;
}

export type LoopAttributes = {
  /** A function, since attributes are compared by identity where they are no plain values. */
  body: () => LoopBody;
  /**
   * Which of the loop's values this is: the carries after the last step, then the results of all steps
   * stacked, then the carries before each step stacked.
   */
  output: number;
  /** Whether the last step comes first; stacked values stay in the order of the sequences. */
  reverse: boolean;
};

function expectType(what: string, received: ValueType, expected: ValueType): void {
  if (received.dtype === expected.dtype && sameShape(received.shape, expected.shape)) return;
  fail('scan', `${what} is ${describe(received)}; the step takes ${describe(expected)}`);
}

export const loops = {
  scan: primitive<LoopAttributes>({
    name: 'scan',
    doc: 'inputs (carries, sequences [steps, ...], constants): a step repeated over the slices of the sequences; one of the values that come of it',
    shape: (inputs, { body, output }) => {
      const { graph, carries, slices } = body();
      if (inputs.length !== graph.inputs.length) {
        fail('scan', `received ${inputs.length} inputs; the step takes ${graph.inputs.length}`);
      }
      if (slices === 0) fail('scan', 'received no sequence; their length is the number of steps');
      const steps = inputs[carries].shape[0];
      inputs.forEach((input, i) => {
        const sequence = i >= carries && i < carries + slices;
        if (!sequence) {
          expectType(i < carries ? `carry ${i}` : `constant ${i}`, input, graph.inputs[i]);
        } else if (!(input.shape[0] >= 1) || input.shape[0] !== steps) {
          fail(
            'scan',
            `sequence ${i - carries} is ${formatShape(input.shape)}; expected [steps, ...] with one known number of steps, here ${steps}`,
          );
        } else {
          const slice = { shape: input.shape.slice(1), dtype: input.dtype };
          expectType(`a slice of sequence ${i - carries}`, slice, graph.inputs[i]);
        }
      });
      for (let i = 0; i < carries; i++) {
        expectType(`carry ${i} after the step`, graph.outputs[i], graph.inputs[i]);
      }
      const { outputs } = graph;
      if (output < carries) return { shape: outputs[output].shape, dtype: outputs[output].dtype };
      const of = output < outputs.length ? outputs[output] : graph.inputs[output - outputs.length];
      return { shape: [steps, ...of.shape], dtype: of.dtype };
    },
  }),
};

/** Whether two nodes are values of one loop. */
export function sameLoop(a: Node, b: Node): boolean {
  return (
    a.primitive === b.primitive &&
    a.attributes.body === b.attributes.body &&
    a.attributes.reverse === b.attributes.reverse &&
    a.inputs.every((input, i) => input === b.inputs[i])
  );
}

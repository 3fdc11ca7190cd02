import { allocate, type TypedArray } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import { formatShape } from '../../graph/shape.ts';
import { type Buffer, type Executable, HostBuffer } from '../engine.ts';
import type { Step } from './kernels/kernel.ts';
import { place } from './placement.ts';
import { Scratch } from './scratch.ts';
import { asValue, type Memory, traceGraph } from './trace.ts';

/** An executable whose runs are plain function calls. */
export interface SyncExecutable extends Executable {
  /**
   * Runs the graph at once. Besides state, whose arrays go back and forth between caller and engine, no
   * array that was returned is ever written again. If a step throws (an index out of range), states may
   * be left between old and new.
   */
  runSync(inputs: readonly Buffer[]): HostBuffer[];
}

/** Compiles a graph of concrete shapes; the steps of loops are executables of their own. */
export function compileSync(graph: Graph): SyncExecutable {
  const trace = traceGraph(graph, (step) => compileSync(step).runSync);
  const { fresh, swapped } = place(graph, trace);
  const scratch = new Scratch();
  const steps: Step[] = trace.operations.map(({ kernel, attributes, inputs, output }) => {
    scratch.nextStep();
    return kernel.prepare(asValue(output), inputs.map(asValue), attributes, scratch);
  });
  scratch.place();

  const inputs = trace.inputs.map((s) => s.memory);
  const outputs = trace.outputs.map((s) => s.memory);
  const spares = new Array<TypedArray | undefined>(swapped.length);
  const states = graph.state.map(([input]) => input);
  const outputOf = new Map(graph.state);
  let returned: readonly Buffer[] = [];

  const accept = (buffers: readonly Buffer[]) => {
    if (buffers.length !== inputs.length) {
      fail('run', `received ${buffers.length} buffers; the graph has ${inputs.length} inputs`);
    }
    for (let i = 0; i < inputs.length; i++) {
      const { data, dtype } = buffers[i];
      const memory = inputs[i];
      if (data === undefined || dtype !== memory.dtype || data.length !== memory.size) {
        rejectInput(i, buffers[i], graph);
      }
      memory.data = data;
    }
    for (const i of states) {
      // A state that this executable returned is in nobody else's hands. Any other may have been passed
      // twice, for example the zeros that two variables start from.
      if (buffers[i] === returned[outputOf.get(i)!]) continue;
      if (inputs.some((other, k) => k !== i && overlap(other.data, inputs[i].data))) {
        inputs[i].data = inputs[i].data.slice();
      }
    }
  };

  const runSync = (buffers: readonly Buffer[]): HostBuffer[] => {
    accept(buffers);
    for (let k = 0; k < fresh.length; k++) renew(fresh[k]);
    for (let k = 0; k < swapped.length; k++) {
      const { memory } = swapped[k];
      memory.data = spares[k] ?? allocate(memory.dtype, memory.size);
    }
    for (let s = 0; s < steps.length; s++) steps[s]();
    for (let k = 0; k < swapped.length; k++) spares[k] = inputs[swapped[k].input].data;
    const results = new Array<HostBuffer>(outputs.length);
    for (let k = 0; k < outputs.length; k++) {
      const { shape, dtype } = graph.outputs[k];
      results[k] = new HostBuffer(outputs[k].data, shape, dtype);
    }
    returned = states.length > 0 ? results : returned;
    return results;
  };

  return {
    runSync,
    run: async (buffers) => runSync(buffers),
    dispose: async () => {},
  };
}

function renew(memory: Memory): void {
  memory.data = allocate(memory.dtype, memory.size);
}

function overlap(a: TypedArray, b: TypedArray): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}

function rejectInput(position: number, buffer: Buffer, graph: Graph): never {
  const { shape, dtype } = graph.inputs[position];
  if (buffer.data === undefined) {
    return fail(
      'run',
      `input ${position} is on a device; read() it and pass the values to run on the js engine`,
    );
  }
  return fail(
    'run',
    `input ${position} is ${buffer.dtype} ${formatShape(buffer.shape)} with ${buffer.data.length} values; expected ${dtype} ${formatShape(shape)}`,
  );
}

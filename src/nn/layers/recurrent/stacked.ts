import { fail } from '../../../graph/errors.ts';
import type { Shape } from '../../../graph/shape.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';
import { leavesOf } from '../../../tensor/tree.ts';
import { buildLayer } from '../core/wrapper.ts';
import { type CallOptions, Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import {
  type Cell,
  callEachStep,
  flatSizes,
  initialStateOf,
  isCell,
  oneStep,
  type PreparedCell,
  type StateSize,
} from './cell.ts';

export interface StackedRNNCellsOptions extends LayerOptions {
  readonly cells: readonly Cell[];
}

/** Several cells as one: the output of each is the input of the next. States: those of all, in order. */
export class StackedRNNCells extends Layer {
  static readonly className = 'StackedRNNCells';
  readonly cells: readonly Cell[];

  constructor(options: StackedRNNCellsOptions) {
    super(options);
    this.cells = [...options.cells];
    if (this.cells.length === 0 || !this.cells.every(isCell)) {
      fail('stackedRnnCells', 'expected a list of cells: layers with a stateSize');
    }
  }

  get stateSize(): StateSize {
    return this.cells.map((c) => c.stateSize);
  }

  get outputSize(): number {
    return outputSizeOf(this.cells.at(-1)!);
  }

  initialState(batch: number): Tensor[] {
    return this.cells.flatMap((c) => initialStateOf(c, batch));
  }

  override build(inputShape: TensorShape | TensorShape[]): void {
    let shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as TensorShape;
    for (const cell of this.cells) {
      buildLayer(cell, shape);
      shape = [shape[0], outputSizeOf(cell)];
    }
  }

  call(inputs: unknown, options: CallOptions = {}): Tensor[] {
    const [x, ...states] = leavesOf(inputs, isTensor);
    return oneStep(this.#prepare(x.node.shape, options), x, states);
  }

  /** The cells one after the other, if all of them can be prepared. */
  get prepare(): Cell['prepare'] {
    if (!this.cells.every((c) => c.prepare)) return undefined;
    return (step, options) => this.#prepare(step, options);
  }

  #prepare(step: Shape, options: CallOptions): PreparedCell {
    const [batch] = step;
    const cells = this.cells.map((cell, i) => {
      const shape = i === 0 ? step : [batch, outputSizeOf(this.cells[i - 1])];
      return cell.prepare?.(shape, options) ?? callEachStep(cell, options);
    });
    return {
      project: (sequence) => cells[0].project(sequence),
      step: (slices, states) => {
        const after: Tensor[] = [];
        let x: Tensor | undefined;
        let from = 0;
        cells.forEach((cell, i) => {
          const to = from + flatSizes(this.cells[i].stateSize).length;
          const before = states.slice(from, to);
          const [output, ...next] = x ? oneStep(cell, x, before) : cell.step(slices, before);
          after.push(...next);
          x = output;
          from = to;
        });
        return [x!, ...after];
      },
    };
  }

  override getConfig() {
    return { ...super.getConfig(), cells: this.cells };
  }
}

function outputSizeOf(cell: Cell): number {
  return cell.outputSize ?? flatSizes(cell.stateSize)[0];
}

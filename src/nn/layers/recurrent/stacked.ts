import { fail } from '../../../graph/errors.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';
import { leavesOf } from '../../../tensor/tree.ts';
import { buildLayer } from '../core/wrapper.ts';
import { type CallOptions, Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { type Cell, flatSizes, initialStateOf, isCell, type StateSize } from './cell.ts';

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

  call(inputs: unknown, { training }: CallOptions = {}): Tensor[] {
    let [x, ...states] = leavesOf(inputs, isTensor);
    const after: Tensor[] = [];
    for (const cell of this.cells) {
      const count = flatSizes(cell.stateSize).length;
      const [output, ...next] = leavesOf(
        cell.call([x, ...states.slice(0, count)], { training }),
        isTensor,
      );
      states = states.slice(count);
      after.push(...next);
      x = output;
    }
    return [x, ...after];
  }

  override getConfig() {
    return { ...super.getConfig(), cells: this.cells };
  }
}

function outputSizeOf(cell: Cell): number {
  return cell.outputSize ?? flatSizes(cell.stateSize)[0];
}

import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';
import { leavesOf } from '../../../tensor/tree.ts';
import { registries, type SerializedObject } from '../../registry.ts';
import { buildLayer } from '../core/wrapper.ts';
import { Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { setMask } from '../mask.ts';
import { type RecurrentCallOptions, RNN } from './rnn.ts';

export type MergeMode = 'sum' | 'mul' | 'concat' | 'ave';

export interface BidirectionalOptions extends LayerOptions {
  /** A recurrent layer; a copy of it with weights of its own reads forwards. */
  readonly layer: RNN<any>;
  /** How the two outputs are joined; null returns both. 'concat' by default. */
  readonly mergeMode?: MergeMode | null;
  /** The layer that reads backwards; by default a copy of `layer` with `goBackwards`. */
  readonly backwardLayer?: RNN<any> | null;
}

const MODES: readonly (MergeMode | null)[] = ['sum', 'mul', 'concat', 'ave', null];

/**
 * A recurrent layer that reads a sequence in both directions (Schuster and Paliwal 1997). Where outputs of
 * all steps are returned, masked steps have zeros, and both directions are in the order of the input.
 * States, given or returned, are those of the forward layer, then those of the backward layer.
 */
export class Bidirectional extends Layer {
  static readonly className = 'Bidirectional';
  readonly forwardLayer: RNN<any>;
  readonly backwardLayer: RNN<any>;
  readonly mergeMode: MergeMode | null;

  constructor(options: BidirectionalOptions) {
    super(options);
    const { layer, backwardLayer, mergeMode = 'concat' } = options;
    for (const given of [layer, backwardLayer]) {
      if (given && !(given instanceof RNN)) {
        fail(
          'bidirectional',
          'layer is no recurrent layer; expected an LSTM, GRU, SimpleRNN or RNN',
        );
      }
    }
    if (!MODES.includes(mergeMode)) {
      fail(
        'bidirectional',
        `mergeMode is '${mergeMode}'; expected 'sum', 'mul', 'concat', 'ave' or null`,
      );
    }
    this.mergeMode = mergeMode;
    this.forwardLayer = copy(layer, { name: `forward_${layer.name.replace(/^forward_/, '')}` });
    this.backwardLayer =
      backwardLayer ??
      copy(layer, { name: `backward_${layer.name.replace(/^backward_/, '')}`, go_backwards: true });
    this.#expectMatch();
    for (const side of [this.forwardLayer, this.backwardLayer]) {
      side.zeroOutputForMask = side.returnSequences;
    }
    this.supportsMasking = true;
  }

  get returnSequences(): boolean {
    return this.forwardLayer.returnSequences;
  }

  get returnState(): boolean {
    return this.forwardLayer.returnState;
  }

  override build(inputShape: TensorShape | TensorShape[]): void {
    buildLayer(this.forwardLayer, inputShape);
    buildLayer(this.backwardLayer, inputShape);
  }

  call(inputs: Tensor | readonly Tensor[], options: RecurrentCallOptions = {}): any {
    const [sequence, ...given] = leavesOf(inputs, isTensor);
    const mask: Tensor | undefined = leavesOf(options.mask, isTensor)[0];
    const initial = [...given, ...leavesOf(options.initialState, isTensor)];
    const half = initial.length / 2;
    const run = (layer: RNN<any>, states: readonly Tensor[]): Tensor[] => {
      const result = layer.call(sequence, {
        training: options.training,
        mask,
        initialState: states.length > 0 ? states : null,
      });
      return leavesOf(result, isTensor);
    };
    const [forward, ...forwardStates] = run(this.forwardLayer, initial.slice(0, half));
    const [last, ...backwardStates] = run(this.backwardLayer, initial.slice(half));
    const backward = this.returnSequences ? ops.flip(last, 1) : last;
    const outputs = this.#merge(forward, backward);
    if (mask && this.returnSequences) for (const output of outputs) setMask(output, mask);
    const results = [
      ...outputs,
      ...(this.returnState ? [...forwardStates, ...backwardStates] : []),
    ];
    return results.length === 1 ? results[0] : results;
  }

  #merge(forward: Tensor, backward: Tensor): Tensor[] {
    switch (this.mergeMode) {
      case 'concat':
        return [ops.concatenate([forward, backward], -1)];
      case 'sum':
        return [forward.add(backward)];
      case 'ave':
        return [forward.add(backward).div(2)];
      case 'mul':
        return [forward.mul(backward)];
      default:
        return [forward, backward];
    }
  }

  override computeMask(_: unknown, mask: any): Tensor | undefined {
    return this.returnSequences ? leavesOf(mask, isTensor)[0] : undefined;
  }

  /** Starts the next batch of stateful layers from zeros. */
  resetStates(): void {
    this.forwardLayer.resetStates();
    this.backwardLayer.resetStates();
  }

  /** The same as {@link resetStates}, under Keras 3's name. */
  resetState(): void {
    this.resetStates();
  }

  #expectMatch(): void {
    const { forwardLayer: a, backwardLayer: b } = this;
    if (a.goBackwards === b.goBackwards) {
      fail('bidirectional', 'both layers read in the same direction; expected goBackwards in one');
    }
    for (const name of ['stateful', 'returnSequences', 'returnState'] as const) {
      if (a[name] !== b[name]) {
        fail(
          'bidirectional',
          `${name} is ${a[name]} forwards and ${b[name]} backwards; expected the same`,
        );
      }
    }
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      mergeMode: this.mergeMode,
      layer: this.forwardLayer,
      backwardLayer: this.backwardLayer,
    };
  }
}

/** A layer of the same configuration with weights of its own. */
function copy(layer: RNN<any>, changes: Readonly<Record<string, unknown>>): RNN<any> {
  const written: SerializedObject = registries.layers.serialize(layer);
  return registries.layers.deserialize({ ...written, config: { ...written.config, ...changes } });
}

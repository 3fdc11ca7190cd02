import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { type Activation, type ActivationSpec, activations } from '../../activations/index.ts';
import { Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import {
  type BiasOptions,
  type KernelOptions,
  rulesConfig,
  type WeightRules,
  weightRules,
} from '../weight-options.ts';
import { type LoraOptions, LowRankUpdate } from './lora.ts';

export interface EinsumDenseOptions
  extends LayerOptions,
    KernelOptions,
    Omit<BiasOptions, 'useBias'>,
    LoraOptions {
  /** `input,kernel->output`, for example 'abc,cd->abd'; an ellipsis in front or behind is understood. */
  readonly equation: string;
  /** Shape of the output without the batch and the ellipsis; null where the input tells. */
  readonly outputShape: number | readonly (number | null)[];
  readonly activation?: ActivationSpec | null;
  /** Letters of the output that the bias has; without them there is no bias. */
  readonly biasAxes?: string | null;
}

/** A dense layer over any axes: `activation(einsum(equation, x, W) + b)`. */
export class EinsumDense extends Layer {
  static readonly className = 'EinsumDense';
  readonly equation: string;
  readonly partialOutputShape: readonly (number | null)[];
  readonly activation: Activation;
  readonly biasAxes: string | null;
  readonly kernelRules: WeightRules;
  readonly biasRules: WeightRules;
  readonly loraRank: number | null;
  readonly loraAlpha: number | null;
  kernel!: Variable;
  bias: Variable | undefined;
  lora: LowRankUpdate | undefined;

  constructor(options: EinsumDenseOptions) {
    super(options);
    this.equation = options.equation;
    const { outputShape } = options;
    this.partialOutputShape = typeof outputShape === 'number' ? [outputShape] : [...outputShape];
    this.activation = activations.get(options.activation);
    this.biasAxes = options.biasAxes ?? null;
    this.kernelRules = weightRules('kernel', options);
    this.biasRules = weightRules('bias', options, 'zeros');
    this.loraRank = options.loraRank ?? null;
    this.loraAlpha = options.loraAlpha ?? this.loraRank;
  }

  override build(inputShape: TensorShape): void {
    const { kernelShape, biasShape } = einsumShapes(
      this.equation,
      this.biasAxes,
      inputShape,
      this.partialOutputShape,
    );
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: kernelShape,
      ...this.kernelRules,
    });
    if (biasShape) {
      this.bias = this.addWeight({
        name: 'bias',
        shape: biasShape,
        ...this.biasRules,
      });
    }
    if (this.loraRank) {
      this.lora = new LowRankUpdate(this, 'kernel', {
        rank: this.loraRank,
        alpha: this.loraAlpha,
        frozen: this.kernel,
        ...this.kernelRules,
      });
    }
  }

  call(x: Tensor): Tensor {
    const kernel: Tensor = this.lora ? this.lora.applyTo(this.kernel.value) : this.kernel.value;
    const product = ops.einsum(this.equation, x, kernel);
    return this.activation(this.bias ? product.add(this.bias.value) : product);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      equation: this.equation,
      outputShape: this.partialOutputShape,
      activation: activations.serialize(this.activation),
      biasAxes: this.biasAxes,
      ...rulesConfig('kernel', this.kernelRules),
      ...rulesConfig('bias', this.biasRules),
      ...(this.loraRank ? { loraRank: this.loraRank, loraAlpha: this.loraAlpha } : {}),
    };
  }
}

const FORMS = 'ab,bc->ac, ...ab,bc->...ac or ab...,bc->ac...';

/** The shapes of the weights that an equation needs for an input. */
export function einsumShapes(
  equation: string,
  biasAxes: string | null,
  inputShape: TensorShape,
  outputShape: readonly (number | null)[],
): { kernelShape: number[]; biasShape: number[] | undefined } {
  const bad = (problem: string): never =>
    fail('einsumDense', `"${equation}": ${problem}; expected a form such as ${FORMS}`);
  const match =
    /^(\.\.\.)?([a-z]+)(\.\.\.)?,([a-z]+)->(\.\.\.)?([a-z]+)(\.\.\.)?$/i.exec(
      equation.replaceAll(/\s/g, ''),
    ) ?? bad('not understood');
  const [, left, input, right, kernel, outLeft, output, outRight] = match;
  if (left !== outLeft || right !== outRight || (left && right)) {
    bad('the ellipsis must stand at the same end of input and output');
  }
  const elided = inputShape.length - input.length;
  if (elided < 0 || (elided > 0 && !left && !right)) {
    bad(
      `it names ${input.length} axes and the input [${inputShape.map(String).join(', ')}] has ${inputShape.length}`,
    );
  }
  // Without an ellipsis in front the first letter of the output is the batch, whose size is not given.
  const known: (number | null)[] = left ? [...outputShape] : [inputShape[0], ...outputShape];
  if (left && elided === 0) known.unshift(inputShape[0]);
  if (known.length !== output.length) {
    bad(
      `its output has ${output.length} axes and outputShape [${outputShape.map(String).join(', ')}] gives ${known.length}`,
    );
  }
  const sizes = new Map<string, number | null>();
  [...output].forEach((letter, i) => {
    sizes.set(letter, known[i]);
  });
  const offset = left ? elided : 0;
  [...input].forEach((letter, i) => {
    const size = inputShape[i + offset];
    const given = sizes.get(letter);
    if (size !== null && typeof given === 'number' && given !== size) {
      bad(`'${letter}' has ${size} elements in the input and ${given} in outputShape`);
    }
    sizes.set(letter, size ?? given ?? null);
  });
  const sizeOf = (letter: string, role: string): number => {
    const size = sizes.get(letter);
    return (
      size ?? bad(`the size of '${letter}' of the ${role} is not known from input or outputShape`)
    );
  };
  const kernelShape = [...kernel].map((letter) => sizeOf(letter, 'kernel'));
  if (!biasAxes) return { kernelShape, biasShape: undefined };
  const unknown = [...biasAxes].find((letter) => !output.includes(letter));
  if (unknown) bad(`the bias has the axis '${unknown}', which the output lacks`);
  const first = Math.min(...[...biasAxes].map((letter) => output.indexOf(letter)));
  const biasShape = [...output.slice(first)].map((letter) =>
    biasAxes.includes(letter) ? sizeOf(letter, 'bias') : 1,
  );
  if (right) biasShape.push(...new Array<number>(elided).fill(1));
  return { kernelShape, biasShape };
}

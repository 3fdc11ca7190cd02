import { fail } from '../../../graph/errors.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { isSerialized, type SerializedObject } from '../../registry.ts';
import { type CallOptions, Layer, type LayerOptions } from '../layer.ts';

/** A function of a layer's inputs; `options` has the layer's arguments, `training` and `mask`. */
export type LambdaFunction = (inputs: any, options: CallOptions) => any;
export type LambdaMask = (inputs: any, mask: any) => any;

export interface LambdaOptions extends LayerOptions {
  /** What the layer computes, or the name under which it was registered. */
  readonly function: LambdaFunction | string;
  /**
   * Kept for Keras's files, where it may also be the reference of a function; shapes are found by calling
   * the layer's function.
   */
  readonly outputShape?: readonly (number | null)[] | number | SerializedObject | null;
  /** The mask of the output, or a function of inputs and their mask. */
  readonly mask?: Tensor | LambdaMask | string | null;
  /** Further options of the function. */
  readonly arguments?: Readonly<Record<string, unknown>> | null;
}

const functions = new Map<string, (...args: any[]) => any>();

/**
 * Names a function for `layers.lambda`, so that models with it can be saved and loaded: files hold
 * the name, and the program that loads them must have registered it.
 */
export function registerFunction(name: string, fn: (...args: any[]) => any): void {
  functions.set(name, fn);
}

/** The registered function that a name or a reference in a file stands for. */
function resolve(context: string, spec: unknown): (...args: any[]) => any {
  if (typeof spec === 'function') return spec as (...args: any[]) => any;
  const name = isSerialized(spec) ? (spec.config as unknown) : spec;
  if (typeof name === 'string') {
    return (
      functions.get(name) ??
      fail(
        context,
        `no function is registered as '${name}'; call registerFunction('${name}', ...) before loading`,
      )
    );
  }
  return fail(context, `received ${typeof spec}; expected a function or the name of one`);
}

/** How a file refers to a function. */
function reference(context: string, fn: (...args: any[]) => any) {
  for (const [name, known] of functions) {
    if (known === fn) {
      return {
        class_name: 'function',
        config: name,
        module: 'builtins',
        registered_name: 'function',
      };
    }
  }
  return fail(
    context,
    "a function cannot be written to a file; register it with registerFunction('a name', ...) first, or make a layer class",
  );
}

/** A function as a layer. It has no weights of its own; variables it reads are not the layer's. */
export class Lambda extends Layer {
  static readonly className = 'Lambda';
  readonly function: LambdaFunction;
  readonly expectedOutputShape: readonly (number | null)[] | SerializedObject | null;
  readonly mask: Tensor | LambdaMask | undefined;
  readonly arguments: Readonly<Record<string, unknown>>;

  constructor(options: LambdaOptions) {
    super(options);
    this.function = resolve('lambda', options.function);
    const { outputShape, mask } = options;
    this.expectedOutputShape =
      typeof outputShape === 'number' ? [outputShape] : (outputShape ?? null);
    if (mask) {
      const byName = typeof mask === 'string' || isSerialized(mask);
      this.mask = byName ? resolve('lambda', mask) : mask;
    }
    this.arguments = options.arguments ?? {};
    this.supportsMasking = this.mask !== undefined;
    this.built = true;
  }

  call(inputs: any, { training, mask }: CallOptions = {}): any {
    return this.function(inputs, { ...this.arguments, training, mask });
  }

  override computeMask(inputs: any, mask: any): any {
    return typeof this.mask === 'function' ? this.mask(inputs, mask) : this.mask;
  }

  /** Fails for a function that is not registered: only its name can be saved. */
  override getConfig() {
    const config: Record<string, unknown> = {
      ...super.getConfig(),
      function: reference(`lambda '${this.name}'`, this.function),
      arguments: this.arguments,
    };
    if (this.expectedOutputShape) config.outputShape = this.expectedOutputShape;
    if (typeof this.mask === 'function') {
      config.mask = reference(`lambda '${this.name}': mask`, this.mask);
    } else if (this.mask) {
      fail(`lambda '${this.name}'`, 'a mask tensor cannot be saved; use a registered function');
    }
    return config;
  }

  static fromConfig(config: Record<string, any>): Lambda {
    // Python's byte code, as Keras writes functions without a name.
    if ('code' in config || Array.isArray(config.function)) {
      fail(
        'lambda',
        'the file holds Python code, which cannot run here; build the model in TypeScript with a function of the same meaning and load the weights only',
      );
    }
    return new Lambda(config as LambdaOptions);
  }
}

import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.ts';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { createOnnxEngine } from '../../src/engines/onnx/engine.ts';
import { type DType, isFloat, toTypedArray } from '../../src/graph/dtype.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { input } from '../../src/nn/layers/input.ts';
import type { CallOptions, Layer } from '../../src/nn/layers/layer.ts';
import { getMask, setMask } from '../../src/nn/layers/mask.ts';
import { optimizers } from '../../src/nn/optimizers/index.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { ops } from '../../src/tensor/lift.ts';
import { setRandomSeed } from '../../src/tensor/random.ts';
import { isTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { leavesOf, mapTree } from '../../src/tensor/tree.ts';
import { Functional } from '../../src/training/functional.ts';
import { expectRoundTrips } from '../formats/support.ts';
import { compileProgram, type Program, programOf, wave } from './program.ts';

/**
 * What every layer has to do, checked from one description: build on a shape, give the promised shapes
 * and dtypes, be deterministic, survive its configuration, work inside a model for any batch size, have
 * right gradients, learn, treat masks as promised and compute the same on every engine.
 */

/** A shape with the batch, for float32 values of the order of 1, or values of one's own. */
type InputSpec =
  | readonly number[]
  | {
      readonly shape: readonly number[];
      readonly dtype?: DType;
      readonly values?: ArrayLike<number> | ((index: number) => number);
    };

export interface LayerSpec {
  /** Makes the layer. `common` has to reach its options: the harness sets the dtype with it. */
  readonly make: (common: { dtype?: DType }) => Layer;
  /** One input or a list of them. */
  readonly input: InputSpec | readonly InputSpec[];
  /** The shape of the output; of each in order where there are several. */
  readonly outputShape: readonly number[] | readonly (readonly number[])[];
  /** float32 by default. */
  readonly outputDType?: DType;
  /** Number of weights that are trained, and that are not; 0 by default. */
  readonly trainable?: number;
  readonly nonTrainable?: number;
  /** Further options of the call. */
  readonly options?: () => CallOptions;
  /** Whether training differs, so that it is tested as well; false by default. */
  readonly hasTrainingMode?: boolean;
  /** Whether masks go on to the next layer: `supportsMasking`. */
  readonly masking?: boolean;
  /** Draws random numbers in training: two calls differ. */
  readonly random?: boolean;
  /** Why gradients are not compared. */
  readonly noGradients?: string;
  /** Why it cannot be part of a model with a batch of any size. */
  readonly noSymbolicBatch?: string;
  /** How far engines may differ, relative to the largest value; 1e-5 by default. */
  readonly engineTolerance?: number;
}

const isSpec = (value: unknown): value is InputSpec =>
  Array.isArray(value)
    ? value.every((d) => typeof d === 'number')
    : typeof value === 'object' && value !== null && 'shape' in value;

/** The values of an input. Equal numbers, at which the largest is not unique, do not occur. */
function valuesOf(spec: InputSpec, dtype: DType, phase: number): NDArray {
  const full = 'shape' in spec ? spec : { shape: spec };
  const size = full.shape.reduce((p, d) => p * d, 1);
  const own = full.dtype && !isFloat(full.dtype) ? full.dtype : dtype;
  const { values = wave(size, phase) } = full;
  const source =
    typeof values === 'function' ? Array.from({ length: size }, (_, i) => values(i)) : values;
  return { data: toTypedArray(own, source), shape: full.shape, dtype: own };
}

function inputsOf(spec: LayerSpec, dtype: DType = 'float32'): unknown {
  let count = 0;
  return mapTree(spec.input, isSpec, (s) => valuesOf(s, dtype, count++));
}

const isArray = (value: unknown): value is NDArray =>
  typeof value === 'object' && value !== null && 'data' in value;

const toTensors = (arrays: unknown): any => mapTree(arrays, isArray, (a) => tensor(a));
const tensorsOf = (tree: unknown): Tensor[] => leavesOf(tree, isTensor);

const valuesOfTree = (tree: unknown) =>
  Promise.all(tensorsOf(tree).map(async (t) => Array.from(await t.data())));

/** The shapes a specification promises, as a list. */
function expectedShapes({ outputShape }: LayerSpec): number[][] {
  const list =
    outputShape.length > 0 && Array.isArray(outputShape[0]) ? outputShape : [outputShape];
  return (list as number[][]).map((shape) => [...shape]);
}

/** Values near `like`; where they are not all zero, distinct and away from kinks. */
function shaken(program: Program): NDArray[] {
  return program.arguments.map(({ value, differentiable, name }, i) => {
    if (!differentiable || name.startsWith('input')) return value;
    const data = toTypedArray(value.dtype, value.data);
    const shift = wave(data.length, i);
    for (let k = 0; k < data.length; k++) data[k] += 0.2 * shift[k];
    return { ...value, data };
  });
}

function expectClose(got: NDArray, want: NDArray, tolerance: number, what: string): void {
  expect(got.shape, what).toEqual(want.shape);
  let largest = 1;
  for (const v of want.data) largest = Math.max(largest, Math.abs(v));
  for (let i = 0; i < want.data.length; i++) {
    const [a, b] = [got.data[i], want.data[i]];
    const same = Object.is(a, b) || Math.abs(a - b) <= tolerance * largest;
    if (!same) expect.fail(`${what}: element ${i} is ${a}; expected ${b}`);
  }
}

/** The places at which a gradient is compared: all of a small array, some of a large one. */
function places(length: number, most = 12): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.floor(((i + 0.5) * length) / most));
}

async function checkGradients(engine: Engine, program: Program): Promise<void> {
  const wanted = program.arguments.filter((a) => a.differentiable);
  expect(wanted.length, 'nothing to differentiate').toBeGreaterThan(0);
  const values = shaken(program);
  const found = program.gradients.filter((g) => g !== undefined);
  const exact = await compileProgram(engine, program, found);
  const loss = await compileProgram(engine, program, [program.loss]);
  const gradients = await exact(values);
  const step = 1e-5;
  let next = 0;
  for (const [i, argument] of program.arguments.entries()) {
    if (!argument.differentiable) continue;
    const gradient = program.gradients[i] ? gradients[next++].data : undefined;
    const at = async (k: number, delta: number) => {
      const moved = toTypedArray(values[i].dtype, values[i].data);
      moved[k] += delta;
      const [result] = await loss(values.map((v, j) => (j === i ? { ...v, data: moved } : v)));
      return result.data[0];
    };
    for (const k of places(values[i].data.length)) {
      const numeric = ((await at(k, step)) - (await at(k, -step))) / (2 * step);
      const analytic = gradient ? gradient[k] : 0;
      const error = Math.abs(numeric - analytic) / Math.max(1, Math.abs(numeric));
      if (!(error < 1e-6)) {
        expect.fail(
          `the gradient of ${argument.name}[${k}] is ${analytic}; differences give ${numeric}`,
        );
      }
    }
  }
}

const modesOf = (spec: LayerSpec) => (spec.hasTrainingMode ? [false, true] : [false]);

/** Declares the tests of one layer. */
export function testLayer(title: string, spec: LayerSpec): void {
  const options = (more: CallOptions = {}): CallOptions => ({ ...spec.options?.(), ...more });

  describe(title, () => {
    let js: Engine;
    let onnx: Engine;
    beforeAll(() => {
      registerEngine('js', async () => createJsEngine());
      js = createJsEngine();
      onnx = createOnnxEngine({ runtime, provider: 'cpu', threads: 1 });
    });
    afterAll(() => onnx.dispose());
    beforeEach(() => setRandomSeed(20260719));

    it('builds and gives the promised shapes', async () => {
      const layer = spec.make({});
      const outputs = tensorsOf(layer.call(toTensors(inputsOf(spec)), options()));
      expect(outputs.map((t) => t.shape)).toEqual(expectedShapes(spec));
      for (const t of outputs) expect(t.dtype).toBe(spec.outputDType ?? 'float32');
      expect(layer.built).toBe(true);
      expect(layer.trainableWeights.length, 'trainable weights').toBe(spec.trainable ?? 0);
      expect(layer.nonTrainableWeights.length, 'other weights').toBe(spec.nonTrainable ?? 0);
      expect(layer.supportsMasking, 'supportsMasking').toBe(spec.masking ?? false);
      layer.trainable = false;
      expect(layer.trainableWeights).toEqual([]);
      const values = await valuesOfTree(outputs);
      expect(values.flat().every(Number.isFinite), 'finite values').toBe(true);
    });

    it('is deterministic', async () => {
      const layer = spec.make({});
      const inputs = toTensors(inputsOf(spec));
      const call = (training: boolean) => valuesOfTree(layer.call(inputs, options({ training })));
      expect(await call(false)).toEqual(await call(false));
      if (!spec.random) return;
      expect(await call(true)).not.toEqual(await call(true));
      setRandomSeed(7);
      const one = await valuesOfTree(spec.make({}).call(inputs, options({ training: true })));
      setRandomSeed(7);
      const two = await valuesOfTree(spec.make({}).call(inputs, options({ training: true })));
      expect(one).toEqual(two);
    });

    it('comes back from its configuration', async () => {
      const layer = spec.make({});
      const inputs = toTensors(inputsOf(spec));
      const outputs = await valuesOfTree(layer.call(inputs, options()));
      const written = layers.serialize(layer);
      const text = JSON.stringify(written);
      const again = layers.deserialize(JSON.parse(text));
      expect(again.constructor).toBe(layer.constructor);
      expect(JSON.stringify(layers.serialize(again))).toBe(text);
      again.call(inputs, options());
      expect(again.weights.map((w) => [w.name, w.shape])).toEqual(
        layer.weights.map((w) => [w.name, w.shape]),
      );
      again.setWeights(await layer.getWeights());
      expect(await valuesOfTree(again.call(inputs, options()))).toEqual(outputs);
    });

    const why = spec.noSymbolicBatch ? ` (skipped: ${spec.noSymbolicBatch})` : '';
    it.skipIf(why)(`works in a model for any batch size${why}`, async () => {
      const layer = spec.make({});
      const arrays = inputsOf(spec);
      const symbolic = mapTree(arrays, isArray, (a) =>
        input({ batchShape: [null, ...a.shape.slice(1)], dtype: a.dtype }),
      );
      const outputs = layer.call(symbolic, options());
      expect(tensorsOf(outputs).map((t) => t.shape)).toEqual(
        expectedShapes(spec).map((shape) => [null, ...shape.slice(1)]),
      );
      const model = new Functional({ inputs: symbolic, outputs });
      const direct = await valuesOfTree(layer.call(toTensors(arrays), options()));
      const through = await valuesOfTree(model.call(toTensors(arrays)));
      through.forEach((values, i) => {
        const asArray = (v: number[]): NDArray => ({
          data: Float64Array.from(v),
          shape: [v.length],
          dtype: 'float64',
        });
        expectClose(asArray(values), asArray(direct[i]), 1e-6, `output ${i} of the model`);
      });
    });

    it.skipIf(why)(`goes through every file format${why}`, async () => {
      const arrays = inputsOf(spec);
      const symbolic = mapTree(arrays, isArray, (a) =>
        input({ batchShape: [null, ...a.shape.slice(1)], dtype: a.dtype }),
      );
      const outputs = spec.make({}).call(symbolic, options());
      const model = new Functional({ inputs: symbolic, outputs });
      await expectRoundTrips(model, leavesOf(arrays, isArray));
    });

    if (spec.noGradients) {
      it.skip(`has the gradients of finite differences: ${spec.noGradients}`, () => {});
    } else {
      for (const training of modesOf(spec)) {
        it(`has the gradients of finite differences${training ? ' in training' : ''}`, async () => {
          const layer = spec.make({ dtype: 'float64' });
          const inputs = inputsOf(spec, 'float64');
          layer.call(toTensors(inputs), options({ training }));
          const program = await programOf(layer, inputs, options({ training }));
          for (const y of program.outputs) {
            if (isFloat(y.dtype)) expect(y.dtype, 'a float64 layer stays float64').toBe('float64');
          }
          await checkGradients(js, program);
        });
      }
    }

    if ((spec.trainable ?? 0) > 0) {
      it('learns', async () => {
        const layer = spec.make({});
        const inputs = toTensors(inputsOf(spec));
        layer.call(inputs, options());
        const loss = () => {
          const outputs = tensorsOf(layer.call(inputs, options()));
          const errors = outputs.map((y, i) => {
            const size = y.node.shape.reduce((p, d) => p * d, 1);
            const target = tensor(Float32Array.from(wave(size, i + 0.9)), y.node.shape as number[]);
            return y.sub(target).square().mean() as Tensor;
          });
          return errors.reduce((a, b) => a.add(b));
        };
        const optimizer = optimizers.adam({ learningRate: 0.01 });
        const before = await loss().item();
        for (let i = 0; i < 8; i++) await optimizer.minimize(loss, layer.trainableWeights);
        expect(await loss().item()).toBeLessThan(before);
      });
    }

    if (spec.masking) {
      it('hands its mask on', () => {
        const layer = spec.make({});
        const inputs = toTensors(inputsOf(spec));
        for (const x of tensorsOf(inputs)) {
          if (x.rank >= 2) setMask(x, ops.ones([x.shape[0]!, x.shape[1]!], 'bool'));
        }
        const masked = tensorsOf(layer.call(inputs, options())).some((t) => getMask(t));
        const any = ops.ones([1, 1], 'bool');
        const masks = Array.isArray(inputs) ? inputs.map(() => any) : any;
        const dropped = layer.computeMask(inputs, masks) === undefined;
        expect(masked).toBe(!dropped);
      });
    }

    for (const training of modesOf(spec)) {
      it(`computes the same on every engine${training ? ' in training' : ''}`, async () => {
        const layer = spec.make({});
        const inputs = inputsOf(spec);
        layer.call(toTensors(inputs), options({ training }));
        const program = await programOf(layer, inputs, options({ training }));
        const nodes = [...program.outputs, ...program.gradients.filter((g) => g !== undefined)];
        const values = shaken(program);
        const [a, b] = await Promise.all(
          [js, onnx].map(async (engine) => (await compileProgram(engine, program, nodes))(values)),
        );
        nodes.forEach((_, i) => {
          expectClose(b[i], a[i], spec.engineTolerance ?? 1e-5, `result ${i}`);
        });
      });
    }
  });
}

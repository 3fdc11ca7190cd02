import {
  callbacks,
  cloneModel,
  Dataset,
  type Dim,
  input,
  layers,
  model,
  type Shape,
  sequential,
  setDevice,
  type Tensor,
  tensor,
  variable,
} from 'nabla';
import { describe, expectTypeOf, it } from 'vitest';

/**
 * What the compiler must accept and refuse of tensors, models and their options. `tsc` does the checking:
 * an accepted mistake makes its `@ts-expect-error` an error. Nothing here runs but the tests' empty frames.
 */

declare const x: Tensor<['batch', 784]>;
declare const w: Tensor<[784, 10]>;
declare const bias: Tensor<[10]>;
declare const bare: Tensor;
declare const n: number;

/** Names a block of code that is compiled and never called. */
function compiles(what: string, _: () => void): void {
  it(what, () => {});
}

/** Takes a value of exactly this type, or a bare one. */
declare function expectShape<S extends Shape>(t: Tensor<S>): void;

describe('shapes in types', () => {
  compiles('unify', () => {
    expectTypeOf(x.matmul(w)).toEqualTypeOf<Tensor<['batch', 10]>>();
    expectTypeOf(x.matmul(w).add(bias)).toEqualTypeOf<Tensor<['batch', 10]>>();
    expectTypeOf(x.sub(x).mul(2).relu().softmax()).toEqualTypeOf<Tensor<['batch', 784]>>();
    expectTypeOf(w.transpose()).toEqualTypeOf<Tensor<[10, 784]>>();
    expectTypeOf(x.mean()).toEqualTypeOf<Tensor<[]>>();
    expectShape<['batch', 784]>(x.add(1));
  });

  compiles('refuse what cannot fit', () => {
    // @ts-expect-error the inner dimensions differ
    x.matmul(bias.reshape([5, 2]));
    // @ts-expect-error the other way round
    w.matmul(x);
    // @ts-expect-error a dimension of another size
    expectShape<['batch', 11]>(x.matmul(w));
    // @ts-expect-error a dimension of another name
    expectShape<['time', 10]>(x.matmul(w));
  });

  compiles('stand back where they are not known', () => {
    expectShape<['batch', 10]>(x.matmul(bare));
    expectShape<['batch', 10]>(bare.matmul(w));
    expectShape<['batch', 10]>(bare.matmul(bare));
    expectShape<['batch', 784]>(x.add(bare));
    expectShape<['batch', 784]>(bare);
    expectShape<['batch', 784]>(tensor(new Float32Array(784)));
    const all: Tensor[] = [x, w, bias];
    return all;
  });

  compiles('come from sizes that the compiler sees', () => {
    expectTypeOf(tensor([1, 2, 3], [3])).toEqualTypeOf<Tensor<[3]>>();
    expectTypeOf(tensor([1, 2, 3], [3]).reshape([3, 1])).toEqualTypeOf<Tensor<[3, 1]>>();
    const sizes: number[] = [3, 1];
    for (const shape of [[n, 784] as const, sizes]) expectShape<['batch', 784]>(tensor([1], shape));
    expectShape<['batch', 784]>(bare.reshape([-1, 784]));
    // @ts-expect-error names are for types; a shape that is asked for is numbers
    tensor([1, 2, 3], ['batch', 3]);
  });

  compiles('go through functions of any shape', () => {
    const dense = <B extends Dim, I extends Dim, O extends Dim>(
      a: Tensor<[B, I]>,
      kernel: Tensor<[I, O]>,
      b: Tensor<[O]>,
    ): Tensor<[B, O]> => a.matmul(kernel).add(b).relu();
    const middle = <S extends Shape>(a: Tensor<S>, b: Tensor<S>): Tensor<S> => a.add(b).div(2);
    const loose = <S extends Shape>(a: Tensor<S>): Tensor => a.matmul(bare);
    expectTypeOf(dense(x, w, bias)).toEqualTypeOf<Tensor<['batch', 10]>>();
    expectTypeOf(middle(w, w)).toEqualTypeOf<Tensor<[784, 10]>>();
    return loose(x);
  });
});

describe('options', () => {
  const net = sequential([layers.dense({ units: 1, inputShape: [2] })]);

  compiles('have no misspelt names', () => {
    // @ts-expect-error units
    layers.dense({ unit: 3 });
    // @ts-expect-error activation
    layers.dense({ units: 3, activaton: 'relu' });
    // @ts-expect-error optimizer
    net.compile({ optimiser: 'adam' });
    // @ts-expect-error epochs
    net.fit([[1, 2]], [1], { epoch: 3 });
    // @ts-expect-error patience
    callbacks.earlyStopping({ pateince: 3 });
    // @ts-expect-error a device there is not
    setDevice('tpu');
    // @ts-expect-error shape
    input({ shapes: [2] });
    // @ts-expect-error outputs
    model({ inputs: input({ shape: [2] }) });
  });

  compiles('of running a model have none either', () => {
    const batches = Dataset.fromArrays({ x: new Float32Array(4) }).batch(2);
    // @ts-expect-error optimizer
    net.compile({ optimizer: 'adamm' });
    // @ts-expect-error runEagerly
    net.compile({ eager: true });
    // @ts-expect-error stepsPerExecution is a number
    net.compile({ stepsPerExecution: '3' });
    // @ts-expect-error lossWeights are numbers
    net.compile({ lossWeights: 'a' });
    // @ts-expect-error validationSplit
    net.fit([[1, 2]], [1], { validationPart: 0.1 });
    // @ts-expect-error verbose is 0, 1, 2, a boolean or 'auto'
    net.fit([[1, 2]], [1], { verbose: 'loud' });
    // @ts-expect-error classWeight goes by class numbers
    net.fit([[1, 2]], [1], { classWeight: 'balanced' });
    // @ts-expect-error steps
    net.evaluate([[1, 2]], [1], { step: 3 });
    // @ts-expect-error batchSize
    net.predict([[1, 2]], { batch: 3 });
    // @ts-expect-error a hook there is not
    net.fit([[1, 2]], [1], { callbacks: { onEpochsEnd() {} } });
    // @ts-expect-error a callback is no number
    net.fit([[1, 2]], [1], { callbacks: [5] });
    // @ts-expect-error expandNested
    net.summary({ expand: true });
    // @ts-expect-error cloneFunction
    cloneModel(net, { clone: () => layers.flatten() });
    // @ts-expect-error dropRemainder
    batches.batch(2, { dropLast: true });
    // @ts-expect-error a way to monitor that there is not
    callbacks.earlyStopping({ mode: 'maximum' });
    // @ts-expect-error factor
    callbacks.reduceLROnPlateau({ rate: 0.1 });
    void net.fit(batches, {
      epochs: 2,
      callbacks: { onEpochEnd: (_, logs) => void logs.loss },
    });
    void net.evaluate(batches, { steps: 1 });
    void net.fit([[new Float32Array(2)]], [[1]], { callbacks: callbacks.terminateOnNaN() });
  });

  compiles('of layers have none, and strings are closed', () => {
    // @ts-expect-error kernelSize is needed
    layers.conv2d({ filters: 3 });
    // @ts-expect-error padding
    layers.conv2d({ filters: 3, kernelSize: 3, padding: 'causal' });
    // @ts-expect-error dataFormat
    layers.maxPooling2d({ dataFormat: 'NCHW' });
    // @ts-expect-error returnSequences
    layers.lstm({ units: 3, returnSequence: true });
    // @ts-expect-error mergeMode
    layers.bidirectional({ layer: layers.lstm({ units: 3 }), mergeMode: 'add' });
    // @ts-expect-error rate is needed
    layers.dropout();
    // @ts-expect-error rate is a number
    layers.dropout({ rate: '0.5' });
    // @ts-expect-error axis
    layers.batchNormalization({ axes: 1 });
    // @ts-expect-error interpolation
    layers.resizing({ height: 1, width: 1, interpolation: 'linear' });
    // @ts-expect-error outputMode
    layers.textVectorization({ outputMode: 'tfidf' });
    // @ts-expect-error dtype
    layers.dense({ units: 1, dtype: 'float16' });
    // @ts-expect-error options in an object
    layers.dense(3);
    // @ts-expect-error a number of heads
    layers.multiHeadAttention({ keyDim: 3 });
    layers.conv1d({ filters: 3, kernelSize: 3, padding: 'causal', dataFormat: 'channels_last' });
    layers.dense({ units: 1, kernelInitializer: (shape) => new Float32Array(shape[0]) });
  });

  compiles('take data in every form without casts', () => {
    const bytes = new Uint8Array(4);
    const array = { data: new Float32Array(4), shape: [2, 2], dtype: 'float32' } as const;
    const rows: readonly (readonly number[])[] = [[1, 2]];
    const batches = Dataset.fromArrays({ x: array, y: new Float32Array(2) }).batch(2);
    void net.fit(rows, bytes, { validationData: [rows, [1]] });
    void net.fit(array, BigInt64Array.of(1n, 2n), { validationData: { x: array, y: [1, 2] } });
    void net.fit(tensor(rows), [true, false], { validationData: batches });
    void net.fit(batches);
    void net.fit([array, new Float32Array(2)], { a: [1, 2], b: bytes });
    void net.fit(function* () {
      yield [tensor(rows), tensor([1])];
    });
    void net.evaluate(batches, undefined, { steps: 2 });
    variable(0).assign(new Uint16Array(1));
  });
});

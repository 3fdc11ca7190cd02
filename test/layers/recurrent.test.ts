import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { initializers } from '../../src/nn/initializers/index.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { input } from '../../src/nn/layers/input.ts';
import {
  type CallOptions,
  Layer,
  type LayerOptions,
  type TensorShape,
} from '../../src/nn/layers/layer.ts';
import { getMask, setMask } from '../../src/nn/layers/mask.ts';
import type { RNN } from '../../src/nn/layers/recurrent/rnn.ts';
import { registerCustomObject } from '../../src/nn/registry.ts';
import { registerNodeEngines } from '../../src/node/engines.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import { gradientsOf } from '../../src/tensor/grad.ts';
import { ops } from '../../src/tensor/lift.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import type { Variable } from '../../src/tensor/variable.ts';
import { model } from '../../src/training/functional.ts';
import { sequential } from '../../src/training/sequential.ts';
import { testLayer } from './harness.ts';

const x = [2, 4, 3] as const;
const padding = () => ({
  mask: tensor([1, 1, 0, 1, 0, 1, 1, 0], [2, 4], 'bool'),
});
const masked = {
  options: padding,
  masking: true,
  noSymbolicBatch: 'the mask has a batch of 2',
} as const;

testLayer('SimpleRNN', {
  make: (o) => layers.simpleRnn({ ...o, units: 5 }),
  input: x,
  outputShape: [2, 5],
  trainable: 3,
  masking: true,
});
testLayer('SimpleRNN, all steps backwards, masked', {
  make: (o) =>
    layers.simpleRnn({ ...o, units: 5, useBias: false, returnSequences: true, goBackwards: true }),
  input: x,
  outputShape: [2, 4, 5],
  trainable: 2,
  ...masked,
});
testLayer('LSTM', {
  make: (o) => layers.lstm({ ...o, units: 5 }),
  input: x,
  outputShape: [2, 5],
  trainable: 3,
  masking: true,
});
testLayer('LSTM with states, all steps', {
  make: (o) => layers.lstm({ ...o, units: 5, returnSequences: true, returnState: true }),
  input: x,
  outputShape: [
    [2, 4, 5],
    [2, 5],
    [2, 5],
  ],
  trainable: 3,
  masking: true,
});
testLayer('LSTM, masked with zeros', {
  make: (o) => layers.lstm({ ...o, units: 5, returnSequences: true, zeroOutputForMask: true }),
  input: x,
  outputShape: [2, 4, 5],
  trainable: 3,
  ...masked,
});
testLayer('LSTM with other activations and given states', {
  make: (o) =>
    layers.lstm({
      ...o,
      units: 5,
      activation: 'sigmoid',
      recurrentActivation: 'hardSigmoidKeras2',
      unitForgetBias: false,
    }),
  input: [x, [2, 5], [2, 5]],
  outputShape: [2, 5],
  trainable: 3,
  masking: true,
});
testLayer('LSTM with dropout', {
  make: (o) => layers.lstm({ ...o, units: 5, dropout: 0.3, recurrentDropout: 0.2 }),
  input: x,
  outputShape: [2, 5],
  trainable: 3,
  masking: true,
  hasTrainingMode: true,
  random: true,
});
testLayer('GRU', {
  make: (o) => layers.gru({ ...o, units: 5 }),
  input: x,
  outputShape: [2, 5],
  trainable: 3,
  masking: true,
});
testLayer('GRU, reset before, all steps', {
  make: (o) => layers.gru({ ...o, units: 5, resetAfter: false, returnSequences: true }),
  input: x,
  outputShape: [2, 4, 5],
  trainable: 3,
  masking: true,
});
testLayer('GRU, masked, with dropout', {
  make: (o) =>
    layers.gru({ ...o, units: 5, dropout: 0.3, recurrentDropout: 0.2, resetAfter: false }),
  input: x,
  outputShape: [2, 5],
  trainable: 3,
  ...masked,
  hasTrainingMode: true,
  random: true,
});
testLayer('RNN over stacked cells', {
  make: (o) =>
    layers.rnn({
      ...o,
      cell: [
        layers.lstmCell({ ...o, units: 4 }),
        layers.gruCell({ ...o, units: 3 }),
        layers.simpleRnnCell({ ...o, units: 2 }),
      ],
      returnState: true,
    }),
  input: x,
  outputShape: [
    [2, 2],
    [2, 4],
    [2, 4],
    [2, 3],
    [2, 2],
  ],
  trainable: 9,
  masking: true,
});
testLayer('Bidirectional', {
  make: (o) =>
    layers.bidirectional({ ...o, layer: layers.lstm({ ...o, units: 3, returnSequences: true }) }),
  input: x,
  outputShape: [2, 4, 6],
  trainable: 6,
  masking: true,
});
testLayer('Bidirectional, separate, with states, masked', {
  make: (o) =>
    layers.bidirectional({
      ...o,
      layer: layers.gru({ ...o, units: 3, returnState: true }),
      mergeMode: null,
    }),
  input: x,
  outputShape: [
    [2, 3],
    [2, 3],
    [2, 3],
    [2, 3],
  ],
  trainable: 6,
  ...masked,
});
testLayer('TimeDistributed', {
  make: (o) => layers.timeDistributed({ ...o, layer: layers.dense({ ...o, units: 5 }) }),
  input: x,
  outputShape: [2, 4, 5],
  trainable: 2,
  masking: true,
});
testLayer('TimeDistributed batch normalization', {
  make: (o) => layers.timeDistributed({ ...o, layer: layers.batchNormalization(o) }),
  input: [5, 2, 3],
  outputShape: [5, 2, 3],
  trainable: 2,
  nonTrainable: 2,
  hasTrainingMode: true,
  masking: true,
});
testLayer('ConvLSTM1D', {
  make: (o) => layers.convLstm1d({ ...o, filters: 3, kernelSize: 2, returnSequences: true }),
  input: [2, 3, 5, 2],
  outputShape: [2, 3, 4, 3],
  trainable: 3,
  masking: true,
});
testLayer('ConvLSTM2D, channels first, strided, with dropout', {
  make: (o) =>
    layers.convLstm2d({
      ...o,
      filters: 2,
      kernelSize: [2, 3],
      strides: [1, 2],
      padding: 'same',
      dataFormat: 'channelsFirst',
      dropout: 0.2,
      recurrentDropout: 0.2,
    }),
  input: [2, 2, 3, 3, 4],
  outputShape: [2, 2, 3, 2],
  trainable: 3,
  masking: true,
  hasTrainingMode: true,
  random: true,
});
testLayer('ConvLSTM3D', {
  make: (o) => layers.convLstm3d({ ...o, filters: 2, kernelSize: 2, useBias: false }),
  input: [1, 2, 3, 3, 3, 2],
  outputShape: [1, 2, 2, 2, 2],
  trainable: 2,
  masking: true,
});

/** Cells as Keras's own tests define them: one state, and two states that are added. */
class OneStateRNNCell extends Layer {
  static readonly className: string = 'OneStateRNNCell';
  readonly units: number;
  readonly stateSize: number | number[];
  kernel!: Variable;
  recurrentKernel!: Variable;

  constructor(options: LayerOptions & { units: number; stateSize?: number[] }) {
    super(options);
    this.units = options.units;
    this.stateSize = options.stateSize ?? options.units;
  }

  override build([, features]: TensorShape): void {
    this.kernel = this.addWeight({ name: 'kernel', shape: [features!, this.units] });
    this.recurrentKernel = this.addWeight({
      name: 'recurrent_kernel',
      shape: [this.units, this.units],
    });
  }

  call([input, state]: Tensor[], _options?: CallOptions): Tensor[] {
    const output = ops
      .matmul(input, this.kernel.value)
      .add(ops.matmul(state, this.recurrentKernel.value));
    return [output, output];
  }

  override getConfig() {
    return { ...super.getConfig(), units: this.units };
  }
}

class TwoStatesRNNCell extends Layer {
  static readonly className = 'TwoStatesRNNCell';
  readonly units: number;
  readonly stateSize: number[];
  kernel!: Variable;
  first!: Variable;
  second!: Variable;

  constructor(options: LayerOptions & { units: number }) {
    super(options);
    this.units = options.units;
    this.stateSize = [options.units, options.units];
  }

  override build([, features]: TensorShape): void {
    const { units } = this;
    this.kernel = this.addWeight({ name: 'kernel', shape: [features!, units] });
    this.first = this.addWeight({ name: 'recurrent_kernel_1', shape: [units, units] });
    this.second = this.addWeight({ name: 'recurrent_kernel_2', shape: [units, units] });
  }

  call([input, a, b]: Tensor[]): Tensor[] {
    const projected = ops.matmul(input, this.kernel.value);
    const first = projected.add(ops.matmul(a, this.first.value));
    const second = projected.add(ops.matmul(b, this.second.value));
    return [first.add(second), first, second];
  }

  override getConfig() {
    return { ...super.getConfig(), units: this.units };
  }
}

registerCustomObject('layers', OneStateRNNCell);
registerCustomObject('layers', TwoStatesRNNCell);

describe('recurrent layers', () => {
  beforeAll(() => registerEngine('js', async () => createJsEngine()));

  const { cases } = JSON.parse(
    readFileSync(new URL('../goldens/layer-goldens.json', import.meta.url), 'utf8'),
  );
  const custom = cases.filter((c: any) => /(One|Two)States?RNNCell/.test(JSON.stringify(c.config)));
  const plain = (v: any): any => (v?.dtype ? v.v : v);
  it.each<[string, any]>(custom.map((c: any, i: number) => [`${i} ${c.src.split('/').at(-1)}`, c]))(
    'runs cells of your own as Keras does: %s',
    async (_: string, test: any) => {
      const layer: RNN = layers.deserialize({ class_name: test.cls, config: test.config }) as RNN;
      const sequence = tensor(plain(test.args[0]));
      const { mask, initial_state: initial } = test.kwargs ?? {};
      const options = {
        mask: mask && tensor(plain(mask)).cast('bool'),
        initialState:
          initial &&
          (initial.dtype ? [tensor(initial.v)] : initial.map((s: any) => tensor(plain(s)))),
      };
      layer.call(sequence, options);
      layer.setWeights(test.weights.map(([, v]: [string, any]) => plain(v)));
      const results = [layer.call(sequence, options)].flat() as Tensor[];
      const got: number[] = (await Promise.all(results.map((r) => r.array()))).flat(4);
      const want: number[] = test.output.flat(4);
      expect(got.length).toBe(want.length);
      got.forEach((v, i) => {
        expect(Math.abs(v - want[i])).toBeLessThan(1e-5 * (1 + Math.abs(want[i])));
      });
    },
  );
  it('has recorded cells to compare with', () => {
    expect(custom.length).toBeGreaterThan(10);
  });

  const ids = () => tensor([5, 3, 0, 0, 1, 2, 4, 0], [2, 4], 'int32');

  it('a mask flows from an embedding through LSTM and TimeDistributed to the end', async () => {
    const net = sequential([
      layers.embedding({ inputDim: 6, outputDim: 3, maskZero: true }),
      layers.lstm({ units: 4, returnSequences: true }),
      layers.timeDistributed({ layer: layers.dense({ units: 2 }) }),
      layers.lstm({ units: 3 }),
      layers.dense({ units: 1 }),
    ]);
    const y: number[][] = await net.call(ids()).array();
    // Padding has no effect: the same sequences cut to their length give the same result.
    const cut: Tensor = net.layers.reduce((t, l) => l.call(t), tensor([[5, 3]], [1, 2], 'int32'));
    expect((await cut.array())[0][0]).toBeCloseTo(y[0][0], 6);
    const [embedding, lstm, distributed] = net.layers;
    const embedded = embedding.call(ids());
    const [mask, afterLstm, afterDense] = [
      embedded,
      lstm.call(embedded),
      distributed.call(lstm.call(embedded)),
    ].map((t) => getMask(t as Tensor));
    expect(await mask!.array()).toEqual([
      [true, true, false, false],
      [true, true, true, false],
    ]);
    expect(await afterLstm!.array()).toEqual(await mask!.array());
    expect(await afterDense!.array()).toEqual(await mask!.array());
    expect(getMask(net.layers[3].call(distributed.call(lstm.call(embedded))))).toBeUndefined();
  });

  it('a mask flows the same way through a functional model', async () => {
    const words = input({ shape: [4], dtype: 'int32' });
    const embedding = layers.embedding({ inputDim: 6, outputDim: 3, maskZero: true });
    const lstm = layers.lstm({ units: 4 });
    const dense = layers.dense({ units: 1 });
    const net = model({ inputs: words, outputs: dense.call(lstm.call(embedding.call(words))) });
    const direct = dense.call(lstm.call(embedding.call(ids())));
    expect(await net.call(ids()).array()).toEqual(await direct.array());
    const unmasked = layers.lstm({ units: 4 });
    unmasked.call(ops.ones([2, 4, 3]));
    unmasked.setWeights(await lstm.getWeights());
    const ignoring = dense.call(unmasked.call(embedding.call(ids()).mul(1) as Tensor));
    expect(await ignoring.array()).not.toEqual(await direct.array());
  });

  it('a masked step keeps the state and repeats the output, or gives zeros', async () => {
    const sequence = tensor([[[1], [2], [3]]]);
    setMask(sequence, tensor([[false, true, false]]));
    const layer = layers.simpleRnn({
      units: 1,
      returnSequences: true,
      returnState: true,
      activation: 'linear',
      kernelInitializer: 'ones',
      recurrentInitializer: 'ones',
    });
    const [outputs, state] = layer.call(sequence);
    expect(await outputs.array()).toEqual([[[0], [2], [2]]]);
    expect(await state.array()).toEqual([[2]]);
    expect(getMask(outputs)).toBeDefined();
    layer.zeroOutputForMask = true;
    expect(await layer.call(sequence)[0].array()).toEqual([[[0], [2], [0]]]);
  });

  it('a stateful layer goes on where it stopped, until it is reset', async () => {
    const options = { units: 2, stateful: true, seed: 1 };
    const layer = layers.gru(options);
    const first = tensor([[[1], [2]]]);
    const second = tensor([[[3], [4]]]);
    await layer.call(first).array();
    const continued = await layer.call(second).array();
    const whole = layers.gru({ units: 2 });
    const joined = tensor([[[1], [2], [3], [4]]]);
    whole.call(joined);
    whole.setWeights(await layer.getWeights());
    expect(continued[0][1]).toBeCloseTo((await whole.call(joined).array())[0][1], 6);
    layer.resetStates();
    const again = await layer.call(second).array();
    expect(again[0][1]).not.toBeCloseTo(continued[0][1], 4);
    expect(layer.weights).toHaveLength(3);
  });

  it('a stateful layer in a model carries its state from batch to batch', async () => {
    const net = sequential([
      layers.lstm({ units: 2, stateful: true, batchShape: [1, 2, 1] }),
      layers.dense({ units: 1 }),
    ]);
    const x = tensor([[[1], [2]]]);
    const first: Tensor = await net.predictOnBatch(x);
    const second: Tensor = await net.predictOnBatch(x);
    const values = [await first.array(), await second.array()];
    expect(values[0]).not.toEqual(values[1]);
    (net.layers[0] as RNN).resetStates();
    expect(await ((await net.predictOnBatch(x)) as Tensor).array()).toEqual(values[0]);
    expect(() => layers.lstm({ units: 2, stateful: true }).call(input({ shape: [2, 1] }))).toThrow(
      /batchShape/,
    );
  });

  it('states come as an option or behind the sequence', async () => {
    const layer = layers.lstm({ units: 2, returnState: true });
    const sequence = tensor([[[1], [2]]]);
    const [h, c] = [tensor([[0.3, -0.2]]), tensor([[0.1, 0.5]])];
    const [a] = layer.call(sequence, { initialState: [h, c] });
    const [b] = layer.call([sequence, h, c]);
    expect(await a.array()).toEqual(await b.array());
    expect(await a.array()).not.toEqual(await layer.call(sequence)[0].array());
    expect(() => layer.call([sequence, h])).toThrow(/received 1 initial states; the cell has 2/);
  });

  it('the forget gate starts open, and a cell alone is one step of its layer', async () => {
    const layer = layers.lstm({ units: 2, returnState: true });
    const sequence = tensor([[[1, -1]], [[2, 0.5]]]);
    const results = layer.call(sequence) as Tensor[];
    expect(await layer.cell.bias!.array()).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    const zeros = ops.zeros([2, 2]);
    const step = layer.cell.call([ops.reshape(sequence, [2, 2]), zeros, zeros]);
    for (const [i, t] of step.entries()) {
      expect(await t.array()).toEqual(await results[i].array());
    }
  });

  it('a bidirectional layer is two layers in opposite directions', async () => {
    const layer = layers.bidirectional({
      layer: layers.lstm({ units: 2, returnSequences: true, name: 'reader' }),
    });
    const sequence = tensor([[[1], [2], [4]]]);
    const y: number[][][] = await layer.call(sequence).array();
    expect([layer.forwardLayer.name, layer.backwardLayer.name]).toEqual([
      'forward_reader',
      'backward_reader',
    ]);
    expect(layer.backwardLayer.goBackwards).toBe(true);
    const backward = layers.lstm({ units: 2, returnSequences: true });
    const reversed = ops.flip(sequence, 1);
    backward.call(reversed);
    backward.setWeights(await layer.backwardLayer.getWeights());
    const alone: number[][][] = await backward.call(reversed).array();
    expect(y[0][0].slice(2)).toEqual(alone[0][2]);
    expect(() =>
      layers.bidirectional({
        layer: layers.lstm({ units: 2 }),
        backwardLayer: layers.lstm({ units: 2 }),
      }),
    ).toThrow(/same direction/);
  });

  it('dropout drops the same features in every step', async () => {
    const layer = layers.simpleRnn({
      units: 6,
      dropout: 0.5,
      returnSequences: true,
      activation: 'linear',
      kernelInitializer: 'identity',
      recurrentInitializer: 'zeros',
      seed: 4,
    });
    const y: number[][][] = await layer.call(ops.ones([1, 3, 6]), { training: true }).array();
    expect(y[0][1]).toEqual(y[0][0]);
    expect(y[0][2]).toEqual(y[0][0]);
    expect(new Set(y[0][0])).toEqual(new Set([0, 2]));
  });

  it('says what does not fit', () => {
    expect(() => layers.lstm({ units: 0 })).toThrow(/units is 0/);
    expect(() => layers.lstm({ units: 2 }).call(ops.ones([2, 3]))).toThrow(/steps/);
    expect(() => layers.rnn({ cell: layers.dense({ units: 1 }) as never })).toThrow(/stateSize/);
    expect(() => layers.gru({ units: 1, timeMajor: true })).toThrow(/timeMajor/);
    expect(() =>
      layers.timeDistributed({ layer: layers.dense({ units: 1 }) }).call(ops.ones([2, 3])),
    ).toThrow(/three axes/);
  });
});

describe('long sequences run in a loop, which computes what all steps laid out compute', () => {
  const STEPS = 11;
  const sequence = () => ops.sin(ops.reshape(ops.arange(2 * STEPS * 3), [2, STEPS, 3])) as Tensor;
  const images = () =>
    ops.sin(ops.reshape(ops.arange(2 * STEPS * 5 * 2), [2, STEPS, 5, 2])) as Tensor;
  const mask = tensor(
    Array.from({ length: 2 * STEPS }, (_, i) => (i % 3 === 1 || i === 0 ? 0 : 1)),
    [2, STEPS],
    'bool',
  );

  type Options = {
    unroll: boolean;
    returnSequences: boolean;
    goBackwards: boolean;
    zeroOutputForMask: boolean;
    returnState: true;
  };
  const cells: Record<string, (o: Options) => RNN> = {
    lstm: (o) => layers.lstm({ ...o, units: 4 }),
    gru: (o) => layers.gru({ ...o, units: 4 }),
    'simpleRnn, elu': (o) => layers.simpleRnn({ ...o, units: 4, activation: 'elu' }),
    'lstm, other activations': (o) =>
      layers.lstm({ ...o, units: 4, activation: 'relu', recurrentActivation: 'hardSigmoid' }),
    'lstm, dropout': (o) =>
      layers.lstm({ ...o, units: 4, dropout: 0.3, recurrentDropout: 0.4, seed: 5 }),
    'gru, reset before, dropout': (o) =>
      layers.gru({
        ...o,
        units: 4,
        resetAfter: false,
        dropout: 0.3,
        recurrentDropout: 0.4,
        seed: 5,
      }),
    stack: (o) =>
      layers.rnn({
        ...o,
        cell: [
          layers.lstmCell({ units: 4, recurrentDropout: 0.2, seed: 1 }),
          layers.gruCell({ units: 3, dropout: 0.2, seed: 2 }),
        ],
      }),
    convLstm1d: (o) => layers.convLstm1d({ ...o, filters: 2, kernelSize: 3, padding: 'same' }),
  };
  for (const [name, make] of Object.entries(cells)) {
    for (const variant of [
      { returnSequences: false, goBackwards: true, zeroOutputForMask: false, masks: true },
      { returnSequences: true, goBackwards: false, zeroOutputForMask: false, masks: true },
      { returnSequences: true, goBackwards: true, zeroOutputForMask: true, masks: true },
      { returnSequences: true, goBackwards: true, zeroOutputForMask: false, masks: false },
      { returnSequences: false, goBackwards: false, zeroOutputForMask: false, masks: false },
    ]) {
      it(`${name}, ${Object.entries(variant).flatMap(([k, on]) => (on ? [k] : []))}`, async () => {
        const { masks, ...options } = variant;
        const x = name === 'convLstm1d' ? images() : sequence();
        const initial = make({ ...options, unroll: true, returnState: true });
        initial.call(x);
        const weights = await initial.getWeights();
        const compute = async (unroll: boolean) => {
          const layer = make({ ...options, unroll, returnState: true });
          layer.build(x.shape);
          layer.setWeights(weights);
          const call = { training: true, mask: masks ? mask : undefined };
          const results = layer.call(x, call) as Tensor[];
          const loss = results
            .map((y, i) => (ops.sin(y.add(i)) as Tensor).mul(y).sum() as Tensor)
            .reduce((a, b) => a.add(b));
          const values = layer.trainableWeights.map((w: Variable) => w.value as Tensor);
          const all = [...results, ...gradientsOf(loss, values)];
          return Promise.all(all.map(async (t) => [...(await t.data())]));
        };
        const [loop, laidOut] = [await compute(false), await compute(true)];
        expect(loop.map((v) => v.length)).toEqual(laidOut.map((v) => v.length));
        loop.forEach((v, k) => {
          v.forEach((n, i) => {
            expect(Math.abs(n - laidOut[k][i])).toBeLessThan(2e-5 * (1 + Math.abs(n)));
          });
        });
      });
    }
  }

  it('and learns alike on the CPU engine', async () => {
    const losses = async (unroll: boolean): Promise<number[]> => {
      const net = sequential([
        layers.embedding({
          inputDim: 12,
          outputDim: 40,
          maskZero: true,
          embeddingsInitializer: 'ones',
        }),
        layers.lstm({
          units: 40,
          unroll,
          kernelInitializer: initializers.glorotUniform({ seed: 3 }),
          recurrentInitializer: initializers.orthogonal({ seed: 4 }),
        }),
        layers.dense({ units: 1, kernelInitializer: initializers.glorotUniform({ seed: 5 }) }),
      ]);
      net.compile({ optimizer: 'adam', loss: 'mse' });
      const tokens = Array.from({ length: 8 * 20 }, (_, i) => (i * i) % 12);
      const x = tensor(tokens, [8, 20], 'int32');
      const y = tensor(
        Array.from({ length: 8 }, (_, i) => Math.sin(i)),
        [8, 1],
      );
      const history: number[] = [];
      for (let i = 0; i < 4; i++) history.push((await net.trainOnBatch(x, y)).loss);
      return history;
    };
    registerNodeEngines();
    setDevice('cpu', { threads: 1 });
    try {
      const [loop, laidOut] = [await losses(false), await losses(true)];
      loop.forEach((v, i) => {
        expect(v).toBeCloseTo(laidOut[i], 5);
      });
      expect(loop[3]).toBeLessThan(loop[0]);
    } finally {
      setDevice('js');
    }
  });
});

import * as nabla from 'nabla';
import { describe, expect, it } from 'vitest';

/**
 * Mistakes that types find, made in plain JavaScript: the error names what was received, what was expected
 * and, where there is one, the way out.
 */

const { callbacks, Dataset, input, layers, losses, metrics, model, optimizers, sequential } =
  nabla as any;
const { activations, initializers, regularizers, schedules, tensor } = nabla as any;

const x = [
  [0, 1],
  [1, 0],
];
const y = [[1], [0]];

function net(options: object = {}) {
  const m = sequential([layers.dense({ units: 1, inputShape: [2] })], { name: 'net' });
  m.compile({ optimizer: 'sgd', loss: 'mse', ...options });
  return m;
}

const mistakes: Record<string, [mistake: () => unknown, message: string]> = {
  'a misspelt option of a layer': [
    () => layers.dense({ units: 1, activaton: 'relu' }),
    "dense: there is no option 'activaton'; did you mean 'activation'?",
  ],
  'an option in snake_case': [
    () => optimizers.adam({ learning_rate: 0.1 }),
    "adam: there is no option 'learning_rate'; did you mean 'learningRate'?",
  ],
  'an option of another optimizer': [
    () => optimizers.adam({ momentum: 0.9 }),
    "adam: there is no option 'momentum'; ",
  ],
  'a missing option': [
    () => layers.dense({ unit: 3 }),
    'dense: units is undefined; expected a whole number of 1 or more (options received: unit)',
  ],
  'no options where some are needed': [
    () => layers.conv2d(),
    'conv2d: kernelSize is undefined; expected an integer of 1 or more, or 2 of them (options received: none)',
  ],
  'a number in the place of options': [
    () => layers.dropout(0.5),
    'dropout: received the number 0.5; expected options in an object: dropout({ ... })',
  ],
  'a layer in the place of options': [
    () => layers.timeDistributed(layers.dense({ units: 1 })),
    'timeDistributed: received a value of class Dense; expected options in an object',
  ],
  'a shape that is a number': [() => input({ shape: 2 }), 'input: the shape is the number 2'],
  'an activation that is a number': [
    () => layers.dense({ units: 1, activation: 5 }),
    'activation: received the number 5; expected its name',
  ],
  'a metric as a loss': [
    () => losses.get(metrics.mean()),
    'loss: received a value of class Mean; expected its name, an object made by losses, a function, a class',
  ],
  'an optimizer that is a number': [
    () => net({ optimizer: 5 }),
    'optimizer: received the number 5',
  ],
  'a learning rate that is text': [
    () => optimizers.sgd({ learningRate: '0.1' }),
    'SGD: learningRate is "0.1"; expected a number, a schedule, or a function of the step',
  ],
  'a regularizer that is a number': [
    () => regularizers.get(0.01),
    'regularizer: received the number 0.01',
  ],
  'an initializer that returns a tensor': [
    () =>
      layers
        .dense({ units: 1, kernelInitializer: () => tensor([[1], [2]]) })
        .call(tensor([[1, 2]])),
    'returned a value of class Tensor; expected an array of numbers',
  ],
  'an initializer of another shape': [
    () => layers.dense({ units: 1, kernelInitializer: () => [1, 2, 3] }).call(tensor([[1, 2]])),
    'returned the shape [3]; expected [2, 1]',
  ],
  'a schedule without options': [
    () => schedules.exponentialDecay(),
    'ExponentialDecay: initialLearningRate is undefined; expected a value (options received: none)',
  ],
  'an array in the place of a tensor': [
    () => nabla.ops.add([1, 2] as any, 3),
    'received an array; expected a tensor, a number or a boolean; make one with tensor(values)',
  ],
  'a weight by position': [
    () => {
      class Own extends nabla.Layer {
        override build() {
          (this as any).addWeight('w', [1]);
        }
        call(value: nabla.Tensor) {
          return value;
        }
      }
      new Own({ name: 'own' }).call(tensor([[1]]));
    },
    'own.addWeight: received "w"; expected options in an object',
  ],
  'a call that returns nothing': [
    () => {
      class Own extends nabla.Layer {
        call(_: nabla.Tensor) {}
      }
      new Own({ name: 'own' }).call(tensor([[1]]));
    },
    'own.call: returned undefined; expected a tensor, several in an array, or several by name',
  ],
  'a call that is async': [
    () => {
      class Own extends nabla.Layer {
        async call(value: nabla.Tensor) {
          return value;
        }
      }
      new Own({ name: 'own' }).call(tensor([[1]]));
    },
    'own.call: returned a promise; expected a tensor, several in an array, or several by name; call must not be async',
  ],
  'nothing in the place of a list': [
    () => layers.reshape(),
    'reshape: an option is missing or of the wrong kind',
  ],
  'a configuration that is none': [
    () => activations.deserialize(5),
    'activation: received the number 5',
  ],
  'a misspelt option of compile': [
    () => net({ optimiser: 'adam' }),
    "compile: there is no option 'optimiser'; did you mean 'optimizer'?",
  ],
  'text in the place of options': [
    () => net().compile('adam'),
    'compile: received "adam"; expected options in an object: compile({ ... })',
  ],
  'a misspelt metric, before training': [
    () => net({ metrics: { out: ['acuracy'] } }),
    "metric: 'acuracy' is not known; did you mean 'accuracy'?",
  ],
  'a metric that is a number': [
    () => net({ metrics: [5] }),
    'compile: metrics: received the number 5; expected a metric, or for several outputs one each',
  ],
  'a loss that is a number': [() => net({ loss: 5 }), 'compile: loss: received the number 5'],
  'weights of losses that are text': [
    () => net({ lossWeights: 'a' }),
    'compile: lossWeights: received "a"; expected a number',
  ],
  'layers that are no list': [
    () => sequential({ layers: [] }),
    'sequential: received an object with layers; expected an array of layers',
  ],
  'a layer that is none': [() => sequential([{}]), 'sequential: received an empty object'],
  'a model of nothing': [() => model(), 'model: expected inputs and outputs'],
  'a misspelt option of a model': [
    () => model({ input: input({ shape: [1] }) }),
    "model: there is no option 'input'; did you mean 'inputs'?",
  ],
  'a schedule of learning rates that is none': [
    () => callbacks.learningRateScheduler(),
    'learningRateScheduler: received undefined; expected a function (epoch, rate) => rate',
  ],
  'a hook that is no function': [
    () => callbacks.lambda({ onEpochEnd: 5 }),
    'lambda callback: onEpochEnd is the number 5; expected a function',
  ],
  'a file without a name': [
    () => callbacks.modelCheckpoint(),
    'modelCheckpoint: filepath is undefined',
  ],
};

const later: Record<string, [mistake: () => Promise<unknown>, message: string]> = {
  'a misspelt option of fit': [
    () => net().fit(x, y, { epoch: 3 }),
    "fit: there is no option 'epoch'; did you mean 'epochs'?",
  ],
  'options in the place of labels': [
    async () => net().fit(x, { epochs: 3 }),
    'fit: received options (epochs) in the place of y; expected fit(x, y, options)',
  ],
  'a number of epochs that is text': [
    () => net().fit(x, y, { epochs: '3' }),
    'fit: epochs is "3"; expected a whole number of 1 or more',
  ],
  'a callback that is a number': [
    () => net().fit(x, y, { callbacks: [5] }),
    'fit: received the number 5 among the callbacks; expected',
  ],
  'a misspelt hook': [
    () => net().fit(x, y, { callbacks: { onEpochsEnd() {} } }),
    "fit: callbacks: there is no option 'onEpochsEnd'; did you mean 'onEpochEnd'?",
  ],
  'a way of showing progress that there is not': [
    () => net().fit(x, y, { verbose: 'loud' }),
    'verbose: received "loud"',
  ],
  'validation after no epoch': [
    () => net().fit(x, y, { validationFreq: 0 }),
    'fit: validationFreq is 0',
  ],
  'a misspelt option of evaluate': [
    () => net().evaluate(x, y, { batchsize: 3 }),
    "evaluate: there is no option 'batchsize'; did you mean 'batchSize'?",
  ],
  'a misspelt option of predict': [
    () => net().predict(x, { batch_size: 3 }),
    "predict: there is no option 'batch_size'; did you mean 'batchSize'?",
  ],
  'inputs by name for a model with one': [
    () => net().predict({ a: x, b: x }),
    "model 'net': the input is an object with a, b; expected one tensor [batch, 2]",
  ],
  'an array that lacks values': [
    async () => net().predict({ data: [1, 2, 3], shape: [1, 2], dtype: 'float32' }),
    'tensor: 3 values do not fill the shape [1, 2]',
  ],
  'tensors among numbers': [
    async () => tensor([tensor([1])]),
    'received a tensor among the values; expected numbers or booleans; for tensors use ops.stack',
  ],
  'text among numbers': [() => net().predict([['a', 'b']]), 'received string among the values'],
  'rows of different lengths': [
    () => net().predict([new Float32Array(2), new Float32Array(3)]),
    'received a list of arrays of the shapes [2] and [3] for one input',
  ],
};

describe('in plain JavaScript', () => {
  it.each(Object.keys(mistakes))('%s', (name) => {
    const [mistake, message] = mistakes[name];
    expect(mistake).toThrow(nabla.NablaError);
    expect(mistake).toThrow(message);
  });

  it.each(Object.keys(later))('%s', async (name) => {
    const [mistake, message] = later[name];
    await expect(mistake()).rejects.toThrow(message);
    await expect(mistake()).rejects.toBeInstanceOf(nabla.NablaError);
  });

  it('every factory refuses an option that it does not know', () => {
    const samples: Record<string, unknown> = {
      layers: layers.flatten,
      losses: losses.huber,
      metrics: metrics.auc,
      optimizers: optimizers.lion,
      initializers: initializers.heNormal,
      regularizers: regularizers.l1,
      schedules: schedules.cosineDecay,
    };
    for (const [family, make] of Object.entries(samples)) {
      const options = family === 'schedules' ? { initialLearningRate: 1, decaySteps: 2 } : {};
      expect(() => (make as any)({ ...options, nothing: 1 }), family).toThrow(
        "there is no option 'nothing'",
      );
      expect(() => (make as any)({ ...options, nothing: undefined }), family).not.toThrow();
    }
  });
});

describe('forms that are understood', () => {
  it('data as rows of typed arrays, tensors and lists of one', async () => {
    const m = net();
    const expected = await (await m.predict(x)).array();
    const forms = [
      x.map((r) => Float32Array.from(r)),
      x.map((r) => Float64Array.from(r)),
      x.map((r) => tensor(r)),
      [tensor(x)],
      tensor(x.map((r) => Float32Array.from(r))),
      { data: x.flat(), shape: [2, 2], dtype: 'float32' },
      x.map((r) => r.map(BigInt)),
    ];
    for (const form of forms) expect(await (await m.predict(form)).array()).toEqual(expected);
    const loss = (await m.evaluate(x, y)).loss;
    for (const labels of [y.map((r) => Int32Array.from(r)), [tensor(y)], [Float32Array.of(1, 0)]]) {
      expect((await m.evaluate(x, labels)).loss).toBe(loss);
    }
  });

  it('nested arrays for several inputs and outputs', async () => {
    const [a, b] = [2, 1].map((n) => input({ shape: [n] }));
    const m = model({ inputs: [a, b], outputs: [layers.concatenate().call([a, b]), b] });
    const [joined, same] = await m.predict([x, y]);
    expect([joined.shape, await same.array()]).toEqual([[2, 3], y]);
    m.compile({ loss: 'mse' });
    expect((await m.evaluate([x, y], [x.map((r) => [...r, 0]), y])).loss).toBeGreaterThan(0);
    await expect(m.predict([x, y, y])).rejects.toThrow('received a list of 3; expected 2 arrays');
  });

  it('batches with options behind them, and batches of nested arrays', async () => {
    const batches = async function* () {
      yield [x, y];
      yield { x, y };
    };
    const { epoch } = await net().fit(batches, { epochs: 2 });
    expect(epoch).toEqual([0, 1]);
    expect(Object.keys(await net().evaluate(batches, { steps: 1 }))).toEqual(['loss']);
    const rows = async function* () {
      yield x;
      yield x;
    };
    expect((await net().predict(rows)).shape).toEqual([4, 1]);
  });

  it('one callback, hooks in an object, and all of their moments', async () => {
    const seen: unknown[] = [];
    const hooks = {
      onTestBatchBegin: (batch: number) => void seen.push(['test', batch]),
      onTestBatchEnd: (batch: number, logs: object) => void seen.push([batch, Object.keys(logs)]),
      onPredictBegin: () => void seen.push('predict'),
      onPredictBatchEnd: (batch: number, outputs: any) => void seen.push([batch, outputs.shape]),
      onPredictEnd: () => void seen.push('predicted'),
    };
    const m = net();
    await m.fit(x, y, { validationData: [x, y], validationBatchSize: 1, callbacks: hooks });
    await m.predict(x, { batchSize: 1, callbacks: [hooks] });
    expect(seen).toEqual([
      ['test', 0],
      [0, ['loss']],
      ['test', 1],
      [1, ['loss']],
      'predict',
      [0, [1, 1]],
      [1, [1, 1]],
      'predicted',
    ]);
  });

  it('the model inside callbacks, and a history that can be written down', async () => {
    class Watching extends nabla.Callback {
      readonly losses: number[] = [];
      override async onEpochEnd() {
        const { loss } = await this.model.evaluate(x, y);
        const predictions = await this.model.predict(x);
        expect(predictions.shape).toEqual([2, 1]);
        this.losses.push(loss);
      }
    }
    const watch = new Watching();
    const history = await net().fit(x, y, { epochs: 3, callbacks: watch });
    expect(watch.losses).toHaveLength(3);
    expect(JSON.parse(JSON.stringify(history))).toEqual({
      epoch: [0, 1, 2],
      history: history.history,
    });
  });

  it('weights as they are in functions of ops', async () => {
    class Own extends nabla.Layer {
      kernel!: nabla.Variable;
      override build([, inputs]: nabla.TensorShape) {
        this.kernel = this.addWeight({ name: 'kernel', shape: [inputs!, 1] });
      }
      call(value: nabla.Tensor) {
        return nabla.ops.matmul(value, this.kernel);
      }
    }
    const m = sequential([new Own({ inputShape: [2] })]);
    m.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'mse' });
    const { history } = await m.fit(x, y, { epochs: 3 });
    expect(history.loss[2]).toBeLessThan(history.loss[0]);
  });

  it('functions as initializers, and data sets of any length', async () => {
    const counting = (shape: readonly number[]) =>
      Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => i);
    const layer = layers.dense({ units: 2, kernelInitializer: counting });
    layer.call(tensor([[1, 2]]));
    expect([...(await layer.getWeights())[0].data]).toEqual([0, 1, 2, 3]);
    expect(initializers.stft().getConfig().side).toBe('real');
    const set = Dataset.fromArrays({ x, y })
      .filter(() => true)
      .batch(1);
    expect((await net().fit(set, { epochs: 2 })).history.loss).toHaveLength(2);
  });
});

import { input, layers, Model, model, type SummaryOptions, sequential, type Tensor } from 'nabla';
import { describe, expect, it } from 'vitest';
import { kerasTables } from './keras-tables.ts';

/** The tables are those that Keras 3 prints on a terminal of 80 columns, with null for None. */

const text = (m: Model, options: SummaryOptions = {}) =>
  m.summary({ print: () => {}, lineLength: 76, ...options });

const net = () =>
  sequential(
    [
      input({ shape: [16] }),
      layers.dense({ units: 32, activation: 'relu', name: 'dense' }),
      layers.dense({ units: 5, name: 'dense_1' }),
    ],
    { name: 'sequential' },
  );

describe('summary', () => {
  it('of a sequential model', () => {
    expect(text(net()).split('\n')).toEqual([
      'Model: "sequential"',
      '┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓',
      '┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃',
      '┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩',
      '│ dense (Dense)                   │ (null, 32)             │           544 │',
      '├─────────────────────────────────┼────────────────────────┼───────────────┤',
      '│ dense_1 (Dense)                 │ (null, 5)              │           165 │',
      '└─────────────────────────────────┴────────────────────────┴───────────────┘',
      ' Total params: 709 (2.77 KB)',
      ' Trainable params: 709 (2.77 KB)',
      ' Non-trainable params: 0 (0.00 B)',
    ]);
  });

  it('counts what the optimizer keeps, once it has made a step', async () => {
    const m = net();
    m.compile({ optimizer: 'adam', loss: 'mse' });
    expect(text(m)).not.toContain('Optimizer');
    await m.trainOnBatch([new Float32Array(16)], [new Float32Array(5)]);
    expect(text(m).split('\n').slice(-4)).toEqual([
      ' Total params: 2,129 (8.32 KB)',
      ' Trainable params: 709 (2.77 KB)',
      ' Non-trainable params: 0 (0.00 B)',
      ' Optimizer params: 1,420 (5.55 KB)',
    ]);
  });

  it('of shared layers and several outputs, with what they are connected to', () => {
    const [a, b] = ['left', 'right'].map((name) => input({ shape: [2], name }));
    const shared = layers.dense({ units: 3, name: 'shared' });
    const sum = layers
      .add({ name: 'a_sum_with_a_long_name' })
      .call([shared.call(a), shared.call(b)]);
    const lines = text(model({ inputs: [a, b], outputs: sum, name: 'pair' })).split('\n');
    expect(lines.slice(2, -4)).toEqual([
      '┃ Layer (type)        ┃ Output Shape      ┃    Param # ┃ Connected to      ┃',
      '┡━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━┩',
      '│ left (InputLayer)   │ (null, 2)         │          0 │ -                 │',
      '├─────────────────────┼───────────────────┼────────────┼───────────────────┤',
      '│ right (InputLayer)  │ (null, 2)         │          0 │ -                 │',
      '├─────────────────────┼───────────────────┼────────────┼───────────────────┤',
      '│ shared (Dense)      │ (null, 3)         │          9 │ left[0][0],       │',
      '│                     │                   │            │ right[0][0]       │',
      '├─────────────────────┼───────────────────┼────────────┼───────────────────┤',
      '│ a_sum_with_a_long_… │ (null, 3)         │          0 │ shared[0][0],     │',
      '│ (Add)               │                   │            │ shared[1][0]      │',
    ]);
  });

  it('shows what is inside models, and what is frozen', () => {
    const inner = sequential(
      [
        layers.dense({ units: 4, name: 'base_dense', inputShape: [2] }),
        layers.flatten({ name: 'flat' }),
      ],
      { name: 'base' },
    );
    inner.trainable = false;
    const x = input({ shape: [2], name: 'in' });
    const head = layers.dense({ units: 1, name: 'head' });
    const m = model({ inputs: x, outputs: head.call(inner.call(x)) });
    const rows = text(m, { expandNested: true, showTrainable: true, lineLength: 100 })
      .split('\n')
      .filter((line) => line.startsWith('│'))
      .map((line) =>
        line
          .split('│')
          .map((cell) => cell.trim())
          .slice(1, -1),
      );
    expect(rows).toEqual([
      ['in (InputLayer)', '(null, 2)', '0', '-'],
      ['base (Sequential)', '(null, 4)', '12', 'N'],
      ['└ base_dense (Dense)', '(null, 4)', '12', 'N'],
      ['└ flat (Flatten)', '(null, 4)', '0', '-'],
      ['head (Dense)', '(null, 1)', '5', 'Y'],
    ]);
    expect(text(m)).toContain('Non-trainable params: 12 (48.00 B)');
    const names = text(m, { layerRange: ['base', 'head'] });
    expect([names.includes('InputLayer'), names.includes('base'), names.includes('head')]).toEqual([
      false,
      true,
      true,
    ]);
    expect(() => text(m, { layerRange: ['nowhere', 'head'] })).toThrow(
      "no layer matches 'nowhere'",
    );
    expect(() => text(m, { lineLength: 12 })).toThrow('too narrow');
    expect(() => text(m, { positions: [0.5, 1] })).toThrow('received 2 positions; expected 3');
  });

  it('of a model that is not built', () => {
    class Own extends Model {
      dense = layers.dense({ units: 1, name: 'only' });
      call(x: Tensor) {
        return this.dense.call(x);
      }
    }
    expect(text(new Own())).toMatch(/only \(Dense\) +│ \? +│ +0 \(unbuilt\) │/);
  });
});

/** The models behind Keras's tables, and with what options their summary is asked for. */
type Case = readonly [model: Model | Promise<Model>, options?: SummaryOptions];
const dense = (name: string, units: number) => layers.dense({ name, units });
const inputOf = (name: string, ...shape: number[]) => input({ shape, name });
const zeros = (rows: number, columns: number) =>
  Array.from({ length: rows }, () => new Array<number>(columns).fill(0));

async function trained(m: Model, width: number, optimizer: 'adam' | 'rmsprop'): Promise<Model> {
  m.compile({ optimizer, loss: 'mse' });
  await m.fit(zeros(4, width), zeros(4, 2), { verbose: 0 });
  return m;
}

function convolutions(): Model {
  const list = [
    input({ shape: [8, 8, 3] }),
    layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'c' }),
    layers.batchNormalization({ name: 'bn' }),
    layers.maxPooling2d({ name: 'mp' }),
    layers.flatten({ name: 'fl' }),
    layers.dropout({ rate: 0.5, name: 'dr' }),
    dense('d', 10),
  ];
  return sequential(list, { name: 'cnn' });
}

function inner(): Model {
  const x = inputOf('ii', 4);
  const sum = layers.add({ name: 'ad' }).call([dense('p', 4).call(x), dense('q', 4).call(x)]);
  return model({ inputs: x, outputs: sum, name: 'inner' });
}

const cases: Record<keyof typeof kerasTables, () => Case> = {
  convolutions: () => [convolutions(), { showTrainable: true }],
  range: () => [convolutions(), { layerRange: ['b.*', 'd'] }],
  positions: () => [convolutions(), { positions: [0.3, 0.6, 1] }],
  narrow: () => [convolutions(), { lineLength: 44 }],
  unbuilt: () => [sequential([dense('a', 4), dense('b', 2)], { name: 'unbuilt' })],
  frozen() {
    const first = dense('x1', 3);
    first.trainable = false;
    const m = sequential([inputOf('in', 5), first, dense('x2', 2)], { name: 'opt' });
    return [trained(m, 5, 'adam'), { showTrainable: true }];
  },
  row() {
    const x = inputOf('in', 5);
    return [model({ inputs: x, outputs: dense('y', 2).call(dense('h', 3).call(x)), name: 'line' })];
  },
  shared() {
    const [a, b] = [inputOf('left', 2), inputOf('right', 2)];
    const both = dense('shared', 3);
    const sum = layers.add({ name: 'sum' }).call([both.call(a), both.call(b)]);
    return [model({ inputs: [a, b], outputs: sum, name: 'pair' }), { showTrainable: true }];
  },
  twice() {
    const x = inputOf('in', 4);
    const d = dense('twice', 4);
    return [model({ inputs: x, outputs: d.call(d.call(x)), name: 'twice_m' })];
  },
  byName() {
    const x = inputOf('in', 4);
    const outputs = { a: dense('o1', 1).call(x), b: dense('o2', 3).call(x) };
    return [model({ inputs: x, outputs, name: 'dicto' })];
  },
  nested() {
    const list = [inputOf('x', 4), dense('bd', 4), layers.flatten({ name: 'bf' })];
    const base = sequential(list, { name: 'base' });
    base.trainable = false;
    const x = inputOf('in', 4);
    const outputs = dense('head', 1).call(base.call(x));
    const m = model({ inputs: x, outputs, name: 'nest' });
    return [m, { expandNested: true, showTrainable: true }];
  },
  nestedGraph() {
    const x = inputOf('in', 4);
    const outputs = layers.add({ name: 'res' }).call([inner().call(x), x]);
    return [model({ inputs: x, outputs, name: 'nestf' }), { expandNested: true }];
  },
  deep() {
    const m = sequential([inputOf('x', 4), inner(), dense('z', 1)], { name: 'seqnest' });
    return [sequential([inputOf('y', 4), m], { name: 'deep' }), { expandNested: true }];
  },
  ownUnbuilt() {
    class Own extends Model {
      d1 = dense('d1', 4);
      d2 = dense('d2', 2);
      dr = layers.dropout({ rate: 0.1, name: 'dr' });
      call(x: Tensor) {
        return this.d2.call(this.dr.call(this.d1.call(x)));
      }
    }
    return [new Own({ name: 'own' })];
  },
  long() {
    const first = dense('a_very_long_layer_name_that_will_not_fit_in_the_column', 3);
    const name =
      'a_model_with_a_very_long_name_that_goes_beyond_the_line_of_the_table_by_far_indeed';
    return [sequential([inputOf('x', 3), first, dense('w', 100000)], { name })];
  },
  states() {
    const x = inputOf('in', 6, 8);
    const options = { units: 5, returnSequences: true, returnState: true, name: 'ls' };
    return [model({ inputs: x, outputs: layers.lstm(options).call(x), name: 'states' })];
  },
  attention() {
    const [q, v] = [inputOf('q', 6, 8), inputOf('v', 7, 8)];
    const mha = layers.multiHeadAttention({ numHeads: 2, keyDim: 4, name: 'mha' }).call([q, v]);
    const outputs = layers.layerNormalization({ name: 'ln' }).call(mha);
    return [model({ inputs: [q, v], outputs, name: 'att' })];
  },
  trained() {
    const drop = layers.dropout({ rate: 0.2, seed: 3, name: 'dd' });
    const m = sequential([inputOf('in', 4), drop, dense('e', 2)], { name: 'drop' });
    return [trained(m, 4, 'rmsprop')];
  },
};

describe('summary is the table of Keras', () => {
  for (const [name, make] of Object.entries(cases)) {
    it(`of the model '${name}'`, async () => {
      const [m, options] = make();
      const expected = kerasTables[name as keyof typeof kerasTables];
      expect(text(await m, options)).toBe(expected.slice(1));
    });
  }
});

it('summary never cuts a number of parameters', () => {
  const m = sequential([input({ shape: [1099] }), dense('big', 1000)]);
  for (const lineLength of [40, 48, 60]) {
    const lines = text(m, { lineLength }).split('\n');
    expect(lines.some((line) => line.includes(' 1,100,000 │'))).toBe(true);
    expect(lines.slice(1, 6).map((line) => line.length)).toEqual(new Array(5).fill(lineLength));
  }
  const rows = text(m, { lineLength: 40, showTrainable: true });
  expect(rows).toContain(' 1,100,000 │');
});

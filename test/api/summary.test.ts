import { input, layers, Model, model, type SummaryOptions, sequential, type Tensor } from 'nabla';
import { describe, expect, it } from 'vitest';

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

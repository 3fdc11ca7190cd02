import { describe, expect, it } from 'vitest';
import { clipGradients } from '../../src/nn/optimizers/clip.ts';
import { optimizers } from '../../src/nn/optimizers/index.ts';
import type { Optimizer } from '../../src/nn/optimizers/optimizer.ts';
import { jit } from '../../src/tensor/jit.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { variable } from '../../src/tensor/variable.ts';
import { type Encoded, expectClose, readGoldens, tensorOf } from './golden.ts';

const isSkipped = ({ test }: any): string | undefined =>
  test.startsWith('test_overwrite_with_gradient')
    ? 'variables that are set to their gradient serve float8 scales, which do not exist here'
    : undefined;

function make({ cls, config }: any): Optimizer {
  const rate = config.learning_rate;
  // The lambda in Keras's test returns 0.1.
  const options =
    rate?.class_name === '__lambda__' ? { ...config, learning_rate: () => 0.1 } : config;
  return optimizers.deserialize({ class_name: cls, config: options });
}

const name = ({ src, cls, test = '', config }: any, i: number) =>
  `${i} ${cls} ${src.split('/').at(-1)} ${test} ${Object.keys(config).join(' ')}`;

export function describeOptimizers(): void {
  const goldens = readGoldens('unit-goldens');
  const listed = (goldens.optimizers as any[]).map((g, i) => [name(g, i), g] as const);

  describe('optimizers as Keras computes them', () => {
    it.each(listed.filter(([, g]) => !isSkipped(g)))('%s', async (_, g) => {
      const optimizer = make(g);
      const weights = await Promise.all(
        g.x0.map(async (x: Encoded) => variable(await tensorOf(x, true).ndarray())),
      );
      if (g.n_vars === 2 && g.test === 'test_weight_decay') {
        // The second variable of Keras's test is excluded by its name or by itself.
        optimizer.excludeFromWeightDecay({ variables: [weights[1]] });
      }
      const step = jit((...gradients: Tensor[]) => {
        optimizer.apply(gradients, weights);
        return optimizer.rate;
      });
      for (const { grads, before, after } of g.steps) {
        if (before) {
          for (const [i, x] of before.entries()) weights[i].assign(tensorOf(x, true));
        }
        const dtyped = grads.map((x: Encoded, i: number) =>
          tensorOf(x, true).cast(weights[i].dtype),
        );
        await step(...dtyped);
        for (const [i, w] of weights.entries()) expectClose(await w.data(), after[i]);
      }
      expect(g.steps.length).toBeGreaterThan(0);
    });

    it.skip.each(
      listed.flatMap(([title, g]) => (isSkipped(g) ? [[`${title}: ${isSkipped(g)}`]] : [])),
    )('%s', () => {});
  });

  describe('gradient clipping as Keras computes it', () => {
    it.each((goldens.gradient_clipping as any[]).map((g, i) => [name(g, i), g] as const))(
      '%s',
      async (_, g) => {
        const { clip } = make(g);
        const gradients = g.grads.map((x: Encoded) => tensorOf(x));
        const clipped = clipGradients(gradients, clip);
        for (const [i, x] of clipped.entries()) expectClose(await x.data(), g.keras[i]);
      },
    );
  });
}

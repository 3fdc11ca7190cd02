import { describe, expect, it } from 'vitest';
import { setMask } from '../../src/nn/layers/mask.ts';
import { losses, lossFunctions } from '../../src/nn/losses/index.ts';
import { Loss } from '../../src/nn/losses/loss.ts';
import { decodeConfig } from '../../src/nn/registry.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { expectClose, readGoldens, tensorOf } from './golden.ts';

/** The loss that Keras's own tests define. */
class ExampleLoss extends Loss {
  static readonly className = 'ExampleLoss';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return yTrue.sub(yPred).square();
  }
}

/** Keras leaves the axis of the classes out of this configuration; the shapes tell it. */
function axisOf({ cls, y_true, y_pred }: any): { axis?: number } {
  if (cls !== 'SparseCategoricalCrossentropy') return {};
  const [labels, scores] = [tensorOf(y_true).shape, tensorOf(y_pred).shape];
  const fits = (axis: number) => labels.join() === scores.filter((_, i) => i !== axis).join();
  const found = scores.map((_, axis) => axis).filter(fits);
  return found.length > 0 ? { axis: found.at(-1) } : {};
}

const name = ({ src, cls, fn, config }: any, i: number) =>
  `${i} ${cls ?? fn} ${src.split('/').at(-1)} ${JSON.stringify({ ...config, fn: undefined })}`;

function make(golden: any): Loss {
  const { cls } = golden;
  const options = { ...golden.config, ...axisOf(golden) };
  if (cls === 'ExampleLoss') return new ExampleLoss(decodeConfig(options));
  return losses.deserialize({ class_name: cls, config: options });
}

export function describeLosses(): void {
  const goldens = readGoldens('unit-goldens');

  describe('losses as Keras computes them', () => {
    it.each((goldens.losses as any[]).map((g, i) => [name(g, i), g] as const))(
      '%s',
      async (_, g) => {
        const yPred = tensorOf(g.y_pred);
        if (g.mask) setMask(yPred, tensorOf(g.mask));
        const weight = g.sample_weight === undefined ? undefined : tensorOf(g.sample_weight);
        const value = make(g).call(tensorOf(g.y_true), yPred, weight);
        expectClose(await value.data(), g.keras);
      },
    );
  });

  describe('loss functions as Keras computes them', () => {
    it.each((goldens.loss_functions as any[]).map((g, i) => [name(g, i), g] as const))(
      '%s',
      async (_, g) => {
        const fn = losses.get(g.fn);
        const options = Object.entries(g.kwargs ?? {}).map(([key, value]) => [
          key,
          typeof value === 'object' ? tensorOf(value as any) : value,
        ]);
        const functions: Record<string, any> = lossFunctions;
        const found = Object.entries(functions).find(
          ([k]) => losses.get(k as any).name === fn.name,
        );
        expect(found).toBeDefined();
        const value: Tensor = found![1](
          ...g.args.map((a: any) => tensorOf(a)),
          decodeConfig(Object.fromEntries(options)),
        );
        expectClose(await value.data(), g.keras);
      },
    );
  });
}

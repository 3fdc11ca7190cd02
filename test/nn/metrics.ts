import { describe, expect, it } from 'vitest';
import { metrics } from '../../src/nn/metrics/index.ts';
import type { Metric } from '../../src/nn/metrics/metric.ts';
import { jit } from '../../src/tensor/jit.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type Encoded, expectClose, readGoldens, tensorOf, valuesOf } from './golden.ts';

const isSkipped = (g: any): string | undefined => {
  if (g.cls === 'CompileMetrics') return 'is internal to Keras; models of ours have its job';
  return undefined;
};

const name = ({ src, cls, config }: any, i: number) =>
  `${i} ${cls} ${src.split('/').at(-1)} ${JSON.stringify({ ...config, fn: undefined })}`;

function make({ cls, config }: any): Metric {
  const options = { ...config };
  // The function that Keras's test wraps.
  if (options.fn) options.fn = (a: Tensor, b: Tensor) => a.sub(b).square();
  if (options.label_weights) options.label_weights = valuesOf(options.label_weights);
  return metrics.deserialize({ class_name: cls, config: options });
}

const optional = (value: Encoded | undefined): Tensor | undefined =>
  value === undefined || value === null ? undefined : tensorOf(value);

export function describeMetrics(): void {
  const goldens = readGoldens('unit-goldens').metrics as any[];
  const listed = goldens.map((g, i) => [name(g, i), g] as const);

  describe('metrics as Keras computes them', () => {
    it.each(listed.filter(([, g]) => !isSkipped(g)))('%s', async (_, g) => {
      const metric = make(g);
      // One compiled step a batch, as in training.
      const step = jit((a: Tensor, b: Tensor | undefined, w: Tensor | undefined) => {
        if (b) metric.updateState(a, b, w);
        else (metric as any).updateState(a, w);
        return metric.result();
      });
      for (const entry of g.seq) {
        if (entry.reset) metric.resetState();
        if (entry.update) {
          const { y_true, y_pred, values, sample_weight } = entry.update;
          const first = y_true === undefined ? values : y_true;
          await step(tensorOf(first), optional(y_pred), optional(sample_weight));
        }
        if (entry.result !== undefined) {
          expectClose(await metric.result().data(), entry.result as Encoded);
        }
      }
      expect(g.seq.length).toBeGreaterThan(0);
    });

    it.skip.each(
      listed.flatMap(([title, g]) => (isSkipped(g) ? [[`${title} ${isSkipped(g)}`]] : [])),
    )('%s', () => {});
  });
}

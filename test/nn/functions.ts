import { describe, expect, it } from 'vitest';
import { activations } from '../../src/nn/activations/index.ts';
import { Constraint, constraints } from '../../src/nn/constraints.ts';
import { toCamelCase } from '../../src/nn/names.ts';
import { decodeConfig } from '../../src/nn/registry.ts';
import { regularizers } from '../../src/nn/regularizers.ts';
import { schedules } from '../../src/nn/schedules/index.ts';
import { jit } from '../../src/tensor/jit.ts';
import { scalar, type Tensor } from '../../src/tensor/tensor.ts';
import { expectClose, readGoldens, tensorOf } from './golden.ts';

/** The constraint that is no constraint: Keras has it as the base class. */
class Unconstrained extends Constraint {
  project(w: Tensor): Tensor {
    return w;
  }
  getConfig() {
    return {};
  }
}

const name = ({ src, cls, fn, config, kwargs, step }: any, i: number) =>
  `${i} ${cls ?? fn} ${src.split('/').at(-1)} ${JSON.stringify(config ?? kwargs ?? {})} ${step ?? ''}`;

const titled = (goldens: any[]) => goldens.map((g, i) => [name(g, i), g] as const);

export function describeFunctions(): void {
  const goldens = readGoldens('unit-goldens');

  describe('learning rate schedules as Keras computes them', () => {
    it.each(titled(goldens.schedules))('%s', async (_, g) => {
      const schedule = schedules.deserialize({ class_name: g.cls, config: g.config });
      const whole = Number.isInteger(g.step);
      const rate = jit((step: Tensor) => schedule.call(step));
      const value = await rate(scalar(g.step, whole ? 'int32' : 'float32'));
      expect(value.dtype).toBe('float32');
      expectClose(await value.data(), g.keras);
    });
  });

  describe('activations as Keras computes them', () => {
    it.each(titled(goldens.activations))('%s', async (_, g) => {
      const functions: Record<string, any> = activations;
      const activation = functions[toCamelCase(g.fn)];
      const [x, ...rest] = g.args;
      const positional =
        g.fn === 'threshold' ? { threshold: rest[0], defaultValue: rest[1] } : undefined;
      expect(rest.length).toBe(positional ? 2 : 0);
      const options = positional ?? (g.kwargs ? decodeConfig(g.kwargs) : undefined);
      const value: Tensor = await jit((t: Tensor) => activation(t, options))(tensorOf(x));
      expectClose(await value.data(), g.keras);
    });
  });

  describe('regularizers as Keras computes them', () => {
    it.each(titled(goldens.regularizers))('%s', async (_, g) => {
      const regularizer = regularizers.deserialize({ class_name: g.cls, config: g.config });
      expectClose(await regularizer.penalty(tensorOf(g.x)).data(), g.keras);
    });
  });

  describe('constraints as Keras computes them', () => {
    it.each(titled(goldens.constraints))('%s', async (_, g) => {
      const constraint =
        g.cls === 'Constraint'
          ? new Unconstrained()
          : constraints.deserialize({ class_name: g.cls, config: g.config });
      expectClose(await constraint.project(tensorOf(g.x)).data(), g.keras);
    });
  });
}

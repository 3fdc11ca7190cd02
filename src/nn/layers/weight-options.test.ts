import { expect, it } from 'vitest';
import { constraints } from '../constraints.ts';
import { initializers } from '../initializers/index.ts';
import { regularizers } from '../regularizers.ts';
import { rulesConfig, weightRules } from './weight-options.ts';

const options = {
  kernelInitializer: 'ones',
  kernelRegularizer: regularizers.l2({ l2: 0.5 }),
  kernelConstraint: 'nonNeg',
  biasInitializer: 'zeros',
} as const;

it('the rules of a weight are what the options of its name say', () => {
  const rules = weightRules('kernel', options);
  expect(rules.initializer).toBeInstanceOf(initializers.ones().constructor);
  expect(rules.regularizer).toBe(options.kernelRegularizer);
  expect(rules.constraint).toBeInstanceOf(constraints.nonNeg().constructor);
  expect(rulesConfig('kernel', rules)).toEqual({
    kernelInitializer: rules.initializer,
    kernelRegularizer: rules.regularizer,
    kernelConstraint: rules.constraint,
  });
});

it('without options a weight starts as its layer says, and nothing holds it', () => {
  const { initializer, regularizer, constraint } = weightRules('bias', {}, 'ones');
  expect(initializer).toBeInstanceOf(initializers.ones().constructor);
  expect([regularizer, constraint]).toEqual([undefined, undefined]);
  expect(weightRules('bias', {}).initializer).toBeInstanceOf(
    initializers.glorotUniform().constructor,
  );
});

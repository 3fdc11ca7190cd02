import { describe, expect, it } from 'vitest';
import { Monitor } from './monitor.ts';

describe('the better direction of a number', () => {
  it.each([
    'loss',
    'val_loss',
    'accent_loss',
    'val_accel_mae',
    'meanSquaredError',
    'precision_head_binary_crossentropy',
    'false_positives',
    'falseNegatives',
    'root_mean_squared_error',
  ])('%s is down', (monitor) => {
    expect(new Monitor({ monitor }).largerIsBetter).toBe(false);
  });

  it.each([
    'accuracy',
    'val_acc',
    'loss_head_accuracy',
    'val_auc_1',
    'f1_score',
    'sparse_top_k_categorical_accuracy',
    'val_mean_iou',
    'r2_score',
    'cosine_similarity',
    'recall',
  ])('%s is up', (monitor) => {
    expect(new Monitor({ monitor }).largerIsBetter).toBe(true);
  });

  it('can be said', () => {
    expect(new Monitor({ monitor: 'loss', mode: 'max' }).largerIsBetter).toBe(true);
    expect(new Monitor({ monitor: 'accuracy', mode: 'min' }).largerIsBetter).toBe(false);
    expect(() => new Monitor({ mode: 'up' as any })).toThrow("mode is 'up'");
  });
});

it('takes any number for better than none', () => {
  const monitor = new Monitor();
  expect(monitor.isBetter(5, Number.NaN)).toBe(true);
  expect(monitor.isBetter(Number.NaN, Number.NaN)).toBe(false);
  expect(monitor.isBetter(Number.NaN, 5)).toBe(false);
});

it('takes the first number for the best, even if it is none', () => {
  const monitor = new Monitor();
  const nan = Number.NaN;
  expect([nan, nan, 3, 4, nan].map((v) => monitor.improve(v))).toEqual([
    true,
    false,
    true,
    false,
    false,
  ]);
  const endless = new Monitor();
  const infinite = Number.POSITIVE_INFINITY;
  expect([infinite, infinite].map((v) => endless.improve(v))).toEqual([true, false]);
});

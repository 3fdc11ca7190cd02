import { describe, expect, it } from 'vitest';
import { nearest, quoted, UsageError, unknownName } from './usage-error.ts';

const names = ['mnist', 'mnist-dropout', 'iris', 'iris-perceptron', 'wine'];

describe('nearest', () => {
  it.each([
    ['mnsit', 'mnist'], // two neighbours swapped
    ['MNIST', 'mnist'],
    ['irsi', 'iris'],
    ['win', 'wine'],
    ['mnist-drop', 'mnist-dropout'],
    ['mnist_dropout', 'mnist-dropout'],
  ])('takes %s for %s', (typed, meant) => {
    expect(nearest(typed, names)).toBe(meant);
  });

  it.each(['cifar', '', 'x', 'perceptronic'])('has nothing like %j', (typed) => {
    expect(nearest(typed, names)).toBeUndefined();
  });
});

describe('unknownName', () => {
  it('says what was given, what is near and what there is', () => {
    const error = unknownName('recipe', 'irsi', ['iris', 'wine']);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe('unknown recipe "irsi"; did you mean "iris"? known: iris, wine');
    expect(unknownName('recipe', 'zzz', ['iris', 'wine']).message).toBe(
      'unknown recipe "zzz"; known: iris, wine',
    );
  });
});

describe('quoted', () => {
  it('lets no escape sequence through and cuts what is long', () => {
    expect(quoted('a\x1b[31m\n\x9b')).toBe('"a\\u001b[31m\\n\\u009b"');
    expect(quoted('x'.repeat(500))).toBe(`"${'x'.repeat(59)}…"`);
  });
});

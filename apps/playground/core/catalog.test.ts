import { expect, it } from 'vitest';
import { libraryCatalog } from './catalog.ts';

it('offers what the library has', () => {
  const { activations, initializers, optimizers, schedules } = libraryCatalog();
  expect(activations.length).toBeGreaterThan(25);
  expect(initializers).toEqual(
    expect.arrayContaining(['zeros', 'ones', 'constant', 'identity', 'glorotUniform', 'heNormal']),
  );
  expect(optimizers.map((o) => o.name)).toEqual(expect.arrayContaining(['sgd', 'adam', 'lion']));
  expect(schedules).toHaveLength(6);
});

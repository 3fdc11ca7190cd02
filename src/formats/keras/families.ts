import { activations } from '../../nn/activations/index.ts';
import { constraints } from '../../nn/constraints.ts';
import { initializers } from '../../nn/initializers/index.ts';
import { layers } from '../../nn/layers/index.ts';
import { losses } from '../../nn/losses/index.ts';
import { metrics } from '../../nn/metrics/index.ts';
import { optimizers } from '../../nn/optimizers/index.ts';
import { registries } from '../../nn/registry.ts';
import { regularizers } from '../../nn/regularizers.ts';
import { schedules } from '../../nn/schedules/index.ts';

/**
 * Whatever a file may name. The registries are filled by these modules, and bundlers leave out modules of
 * which nothing is used: a page that only loads models names no layer, so they are all used here.
 */
const families: Readonly<Record<keyof typeof registries, object>> = {
  // In the order in which a name is looked for where a file does not say what it is: layers come first.
  layers,
  initializers,
  regularizers,
  constraints,
  losses,
  metrics,
  optimizers,
  schedules,
  activations,
};

/** The registries by their names, filled. */
export const filledRegistries = (Object.keys(families) as (keyof typeof registries)[]).map(
  (name) => [name, registries[name]] as const,
);

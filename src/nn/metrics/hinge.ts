import { categoricalHinge, hinge, squaredHinge } from '../losses/hinge.ts';
import { meanOf } from './function-metric.ts';

/** Margins, as means over samples. */

/** `mean(max(1 - y p, 0))`; labels -1 and 1, or 0 and 1. */
export const Hinge = meanOf('Hinge', 'hinge', hinge);

/** `mean(max(1 - y p, 0)^2)`; labels -1 and 1, or 0 and 1. */
export const SquaredHinge = meanOf('SquaredHinge', 'squared_hinge', squaredHinge);

/** `max(1 + highest wrong score - right score, 0)`; labels are one-hot. */
export const CategoricalHinge = meanOf('CategoricalHinge', 'categorical_hinge', categoricalHinge);

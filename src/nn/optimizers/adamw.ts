import { fail } from '../../graph/errors.ts';
import { Adam, type AdamOptions } from './adam.ts';

/** Adam with weight decay apart from the gradients (Loshchilov and Hutter 2019); 0.004 by default. */
export class AdamW extends Adam {
  static override readonly className = 'AdamW';

  constructor(options: AdamOptions = {}) {
    const { weightDecay = 0.004 } = options;
    if (weightDecay === null) {
      fail('AdamW', 'weightDecay is null; use Adam, or weightDecay: 0');
    }
    super({ ...options, weightDecay });
  }
}

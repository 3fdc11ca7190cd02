import { L1L2, type L1Options, type L2Options } from '../../regularizers.ts';
import { Layer, type LayerOptions } from '../layer.ts';

/** Layers that hand on what they receive. */

/** The identity, on one tensor or a tree of them. */
export class Identity extends Layer {
  static readonly className = 'Identity';

  constructor(options: LayerOptions = {}) {
    super(options);
    this.supportsMasking = true;
    this.built = true;
  }

  call(inputs: any): any {
    return inputs;
  }
}

export interface ActivityRegularizationOptions extends LayerOptions, L1Options, L2Options {}

/** The identity, with a penalty on its values in the loss: `l1 sum |x| + l2 sum x^2`, by batch size. */
export class ActivityRegularization extends Layer {
  static readonly className = 'ActivityRegularization';
  readonly l1: number;
  readonly l2: number;

  constructor(options: ActivityRegularizationOptions = {}) {
    const { l1 = 0, l2 = 0, ...rest } = options;
    super({ ...rest, activityRegularizer: new L1L2({ l1, l2 }) });
    this.l1 = l1;
    this.l2 = l2;
    this.supportsMasking = true;
    this.built = true;
  }

  call(inputs: any): any {
    return inputs;
  }

  override getConfig() {
    const { activityRegularizer: _, ...config } = super.getConfig();
    return { ...config, l1: this.l1, l2: this.l2 };
  }
}

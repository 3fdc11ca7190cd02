import { createJsEngine } from '../../src/engines/js/engine.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import { describeFunctions } from './functions.ts';
import { describeLosses } from './losses.ts';
import { describeMetrics } from './metrics.ts';
import { describeOptimizers } from './optimizers.ts';
import { describeTraces } from './traces.ts';

/** Keras's numbers on the js engine. */
registerEngine('js', async () => createJsEngine());
setDevice('js');

describeLosses();
describeMetrics();
describeOptimizers();
describeFunctions();
describeTraces();

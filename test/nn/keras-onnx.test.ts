import * as runtime from 'onnxruntime-node';
import { createOnnxEngine } from '../../src/engines/onnx/engine.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import { describeFunctions } from './functions.ts';
import { describeLosses } from './losses.ts';
import { describeMetrics } from './metrics.ts';
import { describeOptimizers } from './optimizers.ts';
import { describeTraces } from './traces.ts';

/** Keras's numbers on the ONNX engine, which takes the place of the interpreter even for graphs this small. */
registerEngine('js', async () => createOnnxEngine({ runtime, provider: 'cpu', threads: 1 }));
setDevice('js');

describeLosses();
describeMetrics();
describeOptimizers();
describeFunctions();
describeTraces();

import { expect, it } from 'vitest';
import { describeDevice, registerEngine, setDevice } from '../../src/tensor/device.ts';
import { cpuEngines } from '../support/onnx.ts';
import { describeFunctions } from './functions.ts';
import { describeLosses } from './losses.ts';
import { describeMetrics } from './metrics.ts';
import { describeOptimizers } from './optimizers.ts';
import { describeTraces } from './traces.ts';

/** Keras's numbers on the ONNX engine, which takes the place of the interpreter even for graphs this small. */
registerEngine('js', async () => cpuEngines.module());
setDevice('js');

it('runs on ONNX Runtime', async () => {
  expect(await describeDevice()).toMatch(/onnx/);
});

describeLosses();
describeMetrics();
describeOptimizers();
describeFunctions();
describeTraces();

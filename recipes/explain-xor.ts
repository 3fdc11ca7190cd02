/**
 * One step of backpropagation on XOR, with the lecture's numbers: two inputs, two hidden sigmoid units,
 * one sigmoid output, no bias; the sample (0, 1) with target 1, learning rate 1/4, loss (t - o)^2 / 2.
 */
import {
  explanationTables,
  layers,
  optimizers,
  sequential,
  type Tensor,
  explain as work,
} from 'nabla';
import type { Explain } from '../src/node/recipe.ts';

const halfSquaredError = (t: Tensor, o: Tensor): Tensor => t.sub(o).square().sum(-1).div(2);

export function xorModel() {
  const model = sequential([
    layers.dense({
      units: 2,
      activation: 'sigmoid',
      useBias: false,
      inputShape: [2],
      name: 'hidden',
    }),
    layers.dense({ units: 1, activation: 'sigmoid', useBias: false, name: 'output' }),
  ]);
  model.setWeights([
    [
      [0.1, 0.5],
      [-0.7, 0.3],
    ],
    [[0.2], [0.4]],
  ]);
  model.compile({ optimizer: optimizers.sgd({ learningRate: 0.25 }), loss: halfSquaredError });
  return model;
}

export const explain: Explain = async ({ log, table, style }) => {
  const step = await work(xorModel(), [[0, 1]], [[1]]);
  log(style.bold('One step of backpropagation on XOR'));
  log('Sample (0, 1), target 1; learning rate 0.25; loss (t - o)^2 / 2; no bias.');
  log('');
  log('Forward, each unit sums its weighted inputs (net input) and applies the sigmoid (output).');
  log(
    'Backward, delta of the output unit is (t - o) o (1 - o); of a hidden unit it is the weighted',
  );
  log('delta of the units it feeds, times o (1 - o). A weight gains rate * delta * input.');
  for (const { title, header, rows } of explanationTables(step)) {
    log('');
    log(style.bold(title));
    table(header, rows);
  }
  log('');
  log(`Output ${step.output.data[0].toFixed(4)}, loss ${step.loss.toFixed(5)} before the step;`);
  log(`output ${step.outputAfter.data[0].toFixed(4)}, loss ${step.lossAfter.toFixed(5)} after it.`);
};

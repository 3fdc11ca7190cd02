/**
 * Logic gates. One threshold unit with the perceptron's learning rule (Rosenblatt 1958) learns AND and
 * OR, whose cases a straight line separates, and cannot learn XOR (Minsky and Papert 1969). Two hidden
 * units can: a 2-2-1 network learns XOR by gradient descent, online (a step a case) and in batch.
 */
import { initializers, layers, optimizers, sequential } from 'nabla';
import type { Recipe, RecipeContext } from '../src/node/recipe.ts';
import { prepare, trainModel } from '../src/node/recipe-training.ts';

const cases = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;
const gates = { AND: [0, 0, 0, 1], OR: [0, 1, 1, 1], XOR: [0, 1, 1, 0] };

/** The perceptron's rule: after each mistake, w += rate * (target - output) * input. */
function learnGate(targets: readonly number[], rate: number, epochs: number) {
  const w = [0, 0];
  let bias = 0;
  const output = ([a, b]: readonly [number, number]) => (w[0] * a + w[1] * b + bias >= 0 ? 1 : 0);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let mistakes = 0;
    cases.forEach((x, i) => {
      const error = targets[i] - output(x);
      if (error === 0) return;
      mistakes++;
      w[0] += rate * error * x[0];
      w[1] += rate * error * x[1];
      bias += rate * error;
    });
    if (mistakes === 0) return { learned: true, epochs: epoch, w, bias };
  }
  return { learned: false, epochs, w, bias };
}

async function learnXor(context: RecipeContext, name: string, batchSize: number, title: string) {
  const { learningRate, seed, optimizer } = context.options;
  context.log(title);
  const start = (offset: number) =>
    initializers.randomUniform({ minval: -1, maxval: 1, seed: seed + offset });
  const model = sequential([
    layers.dense({ units: 2, activation: 'tanh', kernelInitializer: start(17), inputShape: [2] }),
    layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: start(18) }),
  ]);
  model.compile({
    optimizer:
      optimizer === 'adam'
        ? optimizers.adam({ learningRate })
        : optimizers.sgd({ learningRate, momentum: 0.9 }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
  const x = { data: Float32Array.from(cases.flat()), shape: [4, 2], dtype: 'float32' } as const;
  const y = { data: Float32Array.from(gates.XOR), shape: [4, 1], dtype: 'float32' } as const;
  const trained = await trainModel(context, model, { x, y }, { name, title, batchSize });
  const outputs = await (await model.predict(x)).data();
  return { model, trained, outputs };
}

export const recipe: Recipe = {
  defaults: { epochs: 500, learningRate: 0.1, optimizer: 'sgd' },
  optimizers: ['sgd', 'adam'],
  async run(context) {
    prepare(context);
    context.log('One unit, the perceptron rule');
    const rows = Object.entries(gates).map(([name, targets]) => {
      const { learned, epochs, w, bias } = learnGate(targets, 1, 100);
      return [
        name,
        learned ? `learned in ${epochs} epochs` : `not learned in ${epochs} epochs`,
        ...w,
        bias,
      ];
    });
    context.table(['gate', 'result', 'w1', 'w2', 'bias'], rows);
    context.log('');

    const name = 'XOR by a 2-2-1 network';
    const online = await learnXor(
      context,
      'xor-online',
      1,
      `${name}, online: a step for each case`,
    );
    const batch = await learnXor(
      context,
      'xor-batch',
      4,
      `${name}, batch: a step for all four cases`,
    );
    context.log('');
    context.table(
      ['inputs', 'target', 'online', 'batch'],
      cases.map((x, i) => [x.join(' '), gates.XOR[i], online.outputs[i], batch.outputs[i]]),
    );
    const { loss, accuracy } = batch.trained.logs;
    return {
      parameters: batch.model.countParams(),
      epochs: batch.trained.epochs,
      loss: loss ?? Number.NaN,
      metrics: { train: { loss, accuracy } },
      interrupted: context.stopRequested(),
    };
  },
};

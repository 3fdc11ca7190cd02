/**
 * A generative adversarial network (Goodfellow et al. 2014) on handwritten digits. The generator draws digits
 * from noise, the discriminator tells drawn ones from real ones, and each learns from the other's success: a
 * training step of its own, with two optimizers. The generator minimizes the non-saturating loss.
 */
import {
  callbacks,
  gradientsOf,
  layers,
  Model,
  metrics,
  type NDArray,
  ops,
  optimizers,
  SeedGenerator,
  type Sequential,
  type StepData,
  sequential,
  type Tensor,
} from 'nabla';
import { mnist } from 'nabla/datasets';
import { imageGrid } from '../src/charts/index.ts';
import type { Recipe, RecipeContext, RecipeResult } from '../src/node/recipe.ts';
import { type Labelled, prepare, splitLogs, trainModel } from '../src/node/recipe-training.ts';

/** Numbers of noise that a digit is drawn from. */
const NOISE = 64;

export class Gan extends Model {
  readonly generator: Sequential = sequential(
    [
      layers.dense({ units: 256, inputShape: [NOISE] }),
      layers.leakyRelu({ negativeSlope: 0.2 }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.dense({ units: 512 }),
      layers.leakyRelu({ negativeSlope: 0.2 }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.dense({ units: 784, activation: 'sigmoid' }),
    ],
    { name: 'generator' },
  );
  readonly discriminator: Sequential = sequential(
    [
      layers.dense({ units: 512, inputShape: [784] }),
      layers.leakyRelu({ negativeSlope: 0.2 }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 256 }),
      layers.leakyRelu({ negativeSlope: 0.2 }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 1 }),
    ],
    { name: 'discriminator' },
  );
  readonly discriminatorOptimizer: ReturnType<typeof optimizers.adam>;
  readonly generatorLoss = metrics.mean({ name: 'generator_loss' });
  readonly discriminatorLoss = metrics.mean({ name: 'discriminator_loss' });
  readonly noise = new SeedGenerator();

  constructor(learningRate: number) {
    super();
    this.discriminatorOptimizer = optimizers.adam({ learningRate, beta1: 0.5 });
  }

  override get metrics() {
    return [this.generatorLoss, this.discriminatorLoss];
  }

  call(noise: Tensor): Tensor {
    return this.generator.call(noise);
  }

  override trainStep({ x, size }: StepData) {
    const { generator, discriminator } = this;
    const drawers = generator.trainableWeights;
    const tellers = discriminator.trainableWeights;
    const drawerValues = drawers.map((v) => v.value);
    const tellerValues = tellers.map((v) => v.value);

    const noise = ops.normal(this.noise.next(), [x.shape[0], NOISE]);
    const drawn = generator.call(noise, { training: true });
    const forReal: Tensor = discriminator.call(x, { training: true });
    const forDrawn: Tensor = discriminator.call(drawn, { training: true });
    // softplus(-s) is the cross entropy of the score s with "real", softplus(s) that with "drawn". Real ones
    // count 0.9 (one-sided label smoothing, Salimans et al. 2016), so that no score grows without end.
    const real = ops.softplus(forReal.neg()).mul(0.9).add(ops.softplus(forReal).mul(0.1));
    const tellerLoss = real.add(ops.softplus(forDrawn)).mean().div(2);
    const drawerLoss = ops.softplus(forDrawn.neg()).mean();

    this.discriminatorOptimizer.apply(gradientsOf(tellerLoss, tellerValues), tellers);
    this.optimizer.apply(gradientsOf(drawerLoss, drawerValues), drawers);
    this.generatorLoss.updateState(drawerLoss, size);
    this.discriminatorLoss.updateState(tellerLoss, size);
    return Object.fromEntries(this.metrics.map((m) => [m.name, m.result()]));
  }
}

/** Six by eight digits drawn from the same noise each time, so that one can watch them come into being. */
async function saveSamples(context: RecipeContext, gan: Gan, noise: NDArray, epoch: number) {
  const { data } = await (await gan.generator.predict(noise)).ndarray();
  const images = Array.from({ length: noise.shape[0] }, (_, i) => ({
    pixels: data.subarray(i * 784, (i + 1) * 784),
  }));
  const title = `Drawn after ${epoch} ${epoch === 1 ? 'epoch' : 'epochs'}`;
  await context.run.writeText(
    `samples-${String(epoch).padStart(3, '0')}.svg`,
    imageGrid({ title, images, imageHeight: 28, imageWidth: 28, columns: 8 }),
  );
}

/** Trains on images [n, 784]. */
export async function learn(
  context: RecipeContext,
  { x }: Pick<Labelled, 'x'>,
): Promise<RecipeResult> {
  const { learningRate = 0.0002, epochs: planned, seed } = context.options;
  const gan = new Gan(learningRate);
  gan.compile({ optimizer: optimizers.adam({ learningRate, beta1: 0.5 }) });
  gan.generator.summary({ print: context.log });
  gan.discriminator.summary({ print: context.log });
  const noise: NDArray = await ops.normal(new SeedGenerator(seed).next(), [48, NOISE]).ndarray();
  const every = Math.max(1, Math.ceil(planned / 6));
  const watch = callbacks.lambda({
    onEpochEnd: async (epoch) => {
      const done = epoch + 1;
      if (done === 1 || done % every === 0) await saveSamples(context, gan, noise, done);
    },
  });
  const { epochs, logs, interrupted } = await trainModel(
    context,
    gan,
    { x },
    { callbacks: [watch], keep: gan.generator },
  );
  await saveSamples(context, gan, noise, epochs);
  return {
    parameters: gan.generator.countParams() + gan.discriminator.countParams(),
    epochs,
    loss: logs.generator_loss ?? Number.NaN,
    metrics: splitLogs(logs),
    interrupted,
  };
}

export const recipe: Recipe = {
  defaults: { epochs: 30, batchSize: 128, learningRate: 0.0002 },
  async run(context) {
    prepare(context);
    const { train } = await mnist.load();
    return learn(context, train);
  },
};

/**
 * jax-js: `jax.ts <workload> <threads> <seconds>`, its WebAssembly backend. Arrays are counted: every
 * use but the last says `.ref`.
 */
import { readTask, report, timeSteps } from '../measure.ts';
import { adam, makeBatches, uniform, type WorkloadName } from '../workloads.ts';
import { peerVersion } from './version.ts';

const library: string = '@jax-js/jax';
const { defaultDevice, init, jit, lax, nn, numpy: np, valueAndGrad } = await import(library);

type Arrays = any;

const { workload, threads, seconds } = readTask();
const { optimizer, learningRate, momentum, classes, batch, input } = workload;

await init('wasm');
defaultDevice('wasm');

const random = uniform(7);
function glorot(...shape: number[]): Arrays {
  const size = shape.reduce((product, d) => product * d, 1);
  const spatial = shape.slice(2).reduce((product, d) => product * d, 1);
  const limit = Math.sqrt(6 / (spatial * ((shape[0] as number) + (shape[1] as number))));
  const data = Float32Array.from({ length: size }, () => limit * (2 * random() - 1));
  return np.array(data, { shape });
}
const zeros = (n: number): Arrays => np.zeros([n]);

function denseParameters(sizes: readonly number[]): Arrays {
  return sizes.slice(1).flatMap((units, i) => [glorot(sizes[i] as number, units), zeros(units)]);
}

/** It could do the others, if somebody wrote their layers. */
type Known = Exclude<WorkloadName, 'lstm' | 'transformer'>;
const name = workload.name as Known;

const mlp = () => denseParameters([784, 1024, 1024, 1024, 10]);
const start: Record<Known, () => Arrays> = {
  mlp,
  'mlp-adam': mlp,
  cnn: () => [
    glorot(32, 1, 3, 3),
    zeros(32),
    glorot(64, 32, 3, 3),
    zeros(64),
    ...denseParameters([9216, 128, 10]),
  ],
  tiny: () => denseParameters([2, 8, 8, 1]),
};

/** Dense layers one after the other, with an activation after all but the last. */
function dense(x: Arrays, parameters: Arrays[], activation: (x: Arrays) => Arrays): Arrays {
  for (let i = 0; i < parameters.length; i += 2) {
    x = np.dot(x, parameters[i].ref).add(parameters[i + 1].ref);
    if (i + 2 < parameters.length) x = activation(x);
  }
  return x;
}

function convolve(x: Arrays, kernel: Arrays, bias: Arrays): Arrays {
  const channels = kernel.shape[0];
  const y = lax.conv(x, kernel.ref, [1, 1], 'VALID');
  return nn.relu(y.add(bias.ref.reshape([1, channels, 1, 1])));
}

const relus = (p: Arrays[], x: Arrays): Arrays => dense(x, p, nn.relu);
const logits: Record<Known, (p: Arrays[], x: Arrays) => Arrays> = {
  mlp: relus,
  'mlp-adam': relus,
  tiny: (p, x) => dense(x, p, np.tanh),
  cnn: ([k1, b1, k2, b2, ...rest], x) => {
    const h = convolve(convolve(x, k1, b1), k2, b2);
    const pooled = np.max(np.max(h.reshape([batch, 64, 12, 2, 12, 2]), 5), 3);
    return dense(pooled.reshape([batch, 9216]), rest, nn.relu);
  },
};

function lossOf(parameters: Arrays[], x: Arrays, y: Arrays): Arrays {
  const z = logits[name](parameters, x);
  for (const p of parameters) p.dispose();
  if (classes > 1) return np.sum(nn.logSoftmax(z, 1).mul(y)).mul(-1 / batch);
  // Binary cross entropy of the logit z and the target y: softplus(z) - y z.
  return np.mean(nn.softplus(z.ref).sub(y.mul(z)));
}

/** New parameters and new state of the optimizer: nothing, velocities, or Adam's powers and moments. */
type Update = (parameters: Arrays[], gradients: Arrays[], state: Arrays[]) => [Arrays[], Arrays[]];

const descend: Update = (parameters, gradients) => [
  parameters.map((p, i) => p.add(gradients[i].mul(-learningRate))),
  [],
];

const descendWithMomentum: Update = (parameters, gradients, velocities) => {
  const changes = gradients.map((g, i) => velocities[i].mul(momentum).add(g.mul(-learningRate)));
  return [parameters.map((p, i) => p.add(changes[i].ref)), changes];
};

const descendByAdam: Update = (parameters, gradients, [power1, power2, ...moments]) => {
  const { beta1, beta2, epsilon } = adam;
  const powers = [power1.mul(beta1), power2.mul(beta2)];
  const left = powers.map((p) => p.ref.mul(-1).add(1));
  const rate = np.sqrt(left[1]).div(left[0]).mul(learningRate);
  const state = [...powers];
  const moved = parameters.map((p, i) => {
    const g = gradients[i];
    const m = moments[2 * i].mul(beta1).add(g.ref.mul(1 - beta1));
    const v = moments[2 * i + 1].mul(beta2).add(g.ref.mul(g).mul(1 - beta2));
    state.push(m.ref, v.ref);
    return p.sub(m.mul(rate.ref).div(np.sqrt(v).add(epsilon)));
  });
  rate.dispose();
  return [moved, state];
};

const update = optimizer === 'adam' ? descendByAdam : momentum ? descendWithMomentum : descend;

const step = jit((parameters: Arrays[], state: Arrays[], x: Arrays, y: Arrays) => {
  const [loss, gradients] = valueAndGrad(lossOf)(
    parameters.map((p) => p.ref),
    x,
    y,
  );
  return [loss, ...update(parameters, gradients, state)];
});

function startState(parameters: Arrays[]): Arrays[] {
  const like = (p: Arrays) => np.zeros(p.shape);
  if (optimizer !== 'adam') return momentum ? parameters.map(like) : [];
  return [np.ones([]), np.ones([]), ...parameters.flatMap((p) => [like(p), like(p)])];
}

let parameters = start[name]();
let state = startState(parameters);
// Channels first is the layout of its convolutions; with one channel the numbers are the same.
const shape = input.length === 3 ? [input[2], input[0], input[1]] : input;
const batches = makeBatches(workload).map(({ x, y }) => ({
  x: np.array(x, { shape: [batch, ...shape] }),
  y: np.array(y, { shape: [batch, classes] }),
}));
let next = 0;
const timing = await timeSteps(async () => {
  const { x, y } = batches[next++ % batches.length] as (typeof batches)[number];
  const [loss, moved, kept] = step(parameters, state, x.ref, y.ref);
  parameters = moved;
  state = kept;
  const [value] = await loss.data();
  return value as number;
}, seconds);

report({
  name: 'jax-js',
  workload: workload.name,
  threads,
  ...timing,
  version: `jax-js ${peerVersion(library)}`,
});

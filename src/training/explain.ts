import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { Dense } from '../nn/layers/dense.ts';
import type { Layer } from '../nn/layers/layer.ts';
import { gradientsOf } from '../tensor/grad.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Variable } from '../tensor/variable.ts';
import type { ModelData } from './arrays.ts';
import type { Model } from './model.ts';
import { batchTensors } from './step-data.ts';

/**
 * One training step worked out in the open, as it is done by hand: the values of every layer on the way
 * forward, the loss, each unit's share of the error on the way back, and what it does to the weights.
 */

export interface ExplainedWeight {
  readonly name: string;
  readonly before: NDArray;
  /** The derivative of the loss. */
  readonly gradient: NDArray | undefined;
  readonly after: NDArray;
}

export interface ExplainedLayer {
  readonly name: string;
  readonly type: string;
  readonly input: NDArray;
  /** The net input of each unit, before the activation; for dense layers. */
  readonly net: NDArray | undefined;
  readonly output: NDArray;
  /**
   * Each unit's sensitivity: how fast the loss falls as its net input (for other layers: its output)
   * rises, that is, minus the derivative. What the delta rule multiplies with the input.
   */
  readonly delta: NDArray;
  readonly weights: readonly ExplainedWeight[];
}

/** What {@link explain} found out about one training step. */
export interface Explanation {
  readonly layers: readonly ExplainedLayer[];
  readonly loss: number;
  readonly output: NDArray;
  /** Loss and output for the same sample after the update. */
  readonly lossAfter: number;
  readonly outputAfter: NDArray;
}

export interface ExplainOptions {
  /** Keep the updated weights; by default the model is left as it was. */
  readonly apply?: boolean;
}

interface Stage {
  readonly layer: Layer;
  readonly input: Tensor;
  readonly net: Tensor | undefined;
  readonly output: Tensor;
}

/** The layers in a row, each with its values. */
function forward(model: Model, x: Tensor): Stage[] {
  let value = x;
  return model.layers.map((layer) => {
    const input = value;
    if (layer instanceof Dense) {
      if (!layer.built) layer.call(input);
      const net = layer.net(input);
      value = layer.activation(net);
      return { layer, input, net, output: value };
    }
    value = layer.call(input, { training: false });
    return { layer, input, net: undefined, output: value };
  });
}

/** Works through one step of a compiled model whose layers follow one another. */
export async function explain(
  model: Model,
  x: ModelData,
  y: ModelData,
  { apply = false }: ExplainOptions = {},
): Promise<Explanation> {
  const data = await batchTensors('explain', x, y, {});
  const { optimizer } = model;
  const stages = forward(model, data.x as Tensor);
  const output =
    stages.at(-1)?.output ?? fail('explain', 'the model has no layers; add some first');
  const loss = model.computeLoss(data, output);
  const points = stages.map((s) => s.net ?? s.output);
  const slopes = gradientsOf(loss, points);
  const weights = stages.map((s) => s.layer.weights);
  const trained = model.trainableWeights;
  const gradients = gradientsOf(
    loss,
    trained.map((v) => v.value),
  );
  const gradientOf = new Map(trained.map((v, i) => [v, gradients[i]] as const));
  const before = await Promise.all(model.weights.map((v) => v.ndarray()));
  const explained = await Promise.all(
    stages.map(async (stage, i) => ({
      name: stage.layer.name,
      type: stage.layer.className,
      input: await stage.input.ndarray(),
      net: await stage.net?.ndarray(),
      output: await stage.output.ndarray(),
      delta: await slopes[i].neg().ndarray(),
      weights: await Promise.all(
        weights[i].map(async (v) => ({
          name: v.name,
          before: before[model.weights.indexOf(v)],
          gradient: await gradientOf.get(v)?.ndarray(),
        })),
      ),
    })),
  );
  const lossBefore = await loss.item();
  const outputBefore = await output.ndarray();

  optimizer.build(trained);
  const state = await snapshot([...model.weights, ...optimizer.variables]);
  await model.runTrainSteps([data]);
  const after = await Promise.all(weights.map((list) => Promise.all(list.map((v) => v.ndarray()))));
  const again = forward(model, data.x as Tensor).at(-1)!.output;
  const lossAfter = await model.computeLoss(data, again).item();
  const outputAfter = await again.ndarray();
  if (!apply) for (const [variable, value] of state) variable.assign(value);
  return {
    layers: explained.map((layer, i) => ({
      ...layer,
      weights: layer.weights.map((w, k) => ({ ...w, after: after[i][k] })),
    })),
    loss: lossBefore,
    output: outputBefore,
    lossAfter,
    outputAfter,
  };
}

async function snapshot(variables: readonly Variable[]): Promise<[Variable, NDArray][]> {
  return Promise.all(
    variables.map(async (v): Promise<[Variable, NDArray]> => [v, await v.ndarray()]),
  );
}

export interface ExplanationTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * An explanation of one sample as tables, one a layer: a row for each unit with its net input, output,
 * sensitivity, and each weight with its gradient and new value.
 */
export function explanationTables(explanation: Explanation, digits = 4): ExplanationTable[] {
  const text = (v: number | undefined) => (v === undefined ? '' : v.toFixed(digits));
  return explanation.layers.map((layer) => {
    const units = layer.output.shape.at(-1) ?? 1;
    const rows: string[][] = [];
    for (let unit = 0; unit < units; unit++) {
      const incoming = layer.weights.flatMap((w) => {
        if (w.before.shape.at(-1) !== units) return [];
        const fan = w.before.data.length / units;
        return Array.from({ length: fan }, (_, i) => ({ w, i, at: i * units + unit, fan }));
      });
      const first = [
        String(unit + 1),
        text(layer.net?.data[unit]),
        text(layer.output.data[unit]),
        text(layer.delta.data[unit]),
      ];
      if (incoming.length === 0) rows.push([...first, '', '', '', '', '']);
      incoming.forEach(({ w, i, at, fan }, k) => {
        rows.push([
          ...(k === 0 ? first : ['', '', '', '']),
          fan > 1 || w.before.shape.length > 1 ? `${w.name} ${i + 1}` : w.name,
          fan > 1 || w.before.shape.length > 1 ? text(layer.input.data[i]) : '1',
          text(w.before.data[at]),
          text(w.gradient?.data[at]),
          text(w.after.data[at]),
        ]);
      });
    }
    return {
      title: `${layer.name} (${layer.type})`,
      header: [
        'unit',
        'net input',
        'output',
        'delta',
        'weight',
        'input',
        'before',
        'gradient',
        'after',
      ],
      rows,
    };
  });
}

import { describe, expect, it } from 'vitest';
import { adam, type Batch, makeBatches, type Workload, workloads } from '../workloads.ts';
import { cnn } from './cnn.ts';
import { block, cnnBlocked } from './cnn-blocked.ts';
import { startDirect } from './direct.ts';
import { lstm } from './lstm.ts';
import { mlp, mlpAdam } from './mlp.ts';
import { channelBlock, startSession } from './session.ts';
import { tiny } from './tiny.ts';
import type { State, TrainingGraph } from './training-graph.ts';
import type { TrainingRun } from './training-run.ts';
import { transformer } from './transformer.ts';

const shortLstm: Workload = { ...workloads.lstm, batch: 4, input: [5] };
const smallBlock: Workload = { ...workloads.transformer, batch: 2 };
const smallCnn: Workload = { ...workloads.cnn, batch: 2 * block };
const blocksFit = (await channelBlock()) === block;

function firstBatch(workload: Workload): Batch {
  return makeBatches(workload, 1)[0] as Batch;
}

async function train(run: TrainingRun, workload: Workload, steps: number): Promise<number[]> {
  const batches = makeBatches(workload);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push(await run.step(batches[i % 4] as Batch));
  return losses;
}

/** The loss of the first step when one weight starts `change` higher. */
async function lossWith(
  { model, state }: TrainingGraph,
  workload: Workload,
  name: string,
  index: number,
  change: number,
): Promise<number> {
  const moved = state.map((s) => {
    if (s.name !== name) return s;
    const initial = s.initial.slice();
    initial[index] = (initial[index] as number) + change;
    return { ...s, initial };
  });
  const run = await startSession({ model, state: moved }, workload, 1);
  return run.step(firstBatch(workload));
}

/** The gradient of a weight, by what the first step did to it. */
function gradientOf(run: TrainingRun, { name, initial }: State, workload: Workload): Float32Array {
  const after = run.read(workload.optimizer === 'adam' ? `m-${name}` : name);
  const share = 1 - adam.beta1;
  return initial.map((before, i) =>
    workload.optimizer === 'adam'
      ? (after[i] as number) / share
      : (before - (after[i] as number)) / workload.learningRate,
  );
}

/** Not an optimizer's own: velocities, moments and powers. */
const isWeight = ({ name }: State): boolean => !/^(v|m-|p\d)/.test(name);

/** Compares the gradient of the weight that has the steepest with the slope of the loss there. */
async function checkGradients(graph: TrainingGraph, workload: Workload): Promise<void> {
  const run = await startSession(graph, workload, 1);
  await run.step(firstBatch(workload));
  for (const state of graph.state.filter(isWeight)) {
    const { name } = state;
    const gradients = gradientOf(run, state, workload);
    let most = 0;
    for (const [i, g] of gradients.entries()) {
      if (Math.abs(g) > Math.abs(gradients[most] as number)) most = i;
    }
    const gradient = gradients[most] as number;
    const h = 1e-3;
    const up = await lossWith(graph, workload, name, most, h);
    const down = await lossWith(graph, workload, name, most, -h);
    const slope = (up - down) / (2 * h);
    expect(Math.abs(gradient - slope), name).toBeLessThan(0.05 * Math.abs(slope) + 1e-3);
  }
}

describe('yardsticks', () => {
  it.each([
    ['tiny', tiny(), workloads.tiny],
    ['mlp', mlp(), workloads.mlp],
    ['mlp by Adam', mlpAdam(), workloads['mlp-adam']],
    ['cnn', cnn(smallCnn), smallCnn],
    ['lstm', lstm(shortLstm), shortLstm],
    ['transformer', transformer(smallBlock), smallBlock],
  ])('descends along the gradient: %s', (_, graph, workload) => checkGradients(graph, workload));

  it('learns what the tiny network is for', async () => {
    const losses = await train(await startSession(tiny(), workloads.tiny, 1), workloads.tiny, 2000);
    expect(losses.at(-1)).toBeLessThan(0.1);
  });

  it.runIf(blocksFit)('computes the same on blocked channels', async () => {
    const plain = await startSession(cnn(smallCnn), smallCnn, 1);
    const blocked = await startSession(cnnBlocked(smallCnn), smallCnn, 1);
    const expected = await train(plain, smallCnn, 6);
    const actual = await train(blocked, smallCnn, 6);
    for (const [i, loss] of actual.entries()) expect(loss).toBeCloseTo(expected[i] as number, 5);
    for (const name of ['k1', 'b1', 'k2', 'b2']) {
      const difference = Math.max(
        ...blocked.read(name).map((v, i) => Math.abs(v - (plain.read(name)[i] as number))),
      );
      expect(difference, name).toBeLessThan(1e-6);
    }
  });

  it('computes the same through the C interface', async () => {
    const session = await startSession(mlp(), workloads.mlp, 1);
    const direct = await startDirect(mlp(), workloads.mlp, 1);
    const expected = await train(session, workloads.mlp, 5);
    expect(await train(direct, workloads.mlp, 5)).toEqual(expected);
    expect(direct.read('w1')).toEqual(session.read('w1'));
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Callback, callbacks, layers, optimizers, sequential, setRandomSeed } from 'nabla';
import { describe, expect, it, vi } from 'vitest';
import type { Logs, RunParameters, TrainedModel } from './callback.ts';

/** What callbacks decide, by Keras's rules: epochs with given numbers, without a network. */

const rate = (value: number) => {
  const optimizer = {
    learningRate: value,
    getLearningRate: async () => Math.fround(optimizer.learningRate),
  };
  return optimizer;
};

interface Scene {
  readonly validates?: boolean;
  readonly learningRate?: number;
}

/** Goes through epochs with these numbers until training ends; the weights of an epoch are its number. */
async function play(
  callback: Callback,
  epochs: readonly Logs[],
  { validates = true, learningRate = 0.1 }: Scene = {},
) {
  const weights = (n: number) => [{ data: Float32Array.of(n), shape: [1], dtype: 'float32' }];
  let now = 0;
  const model = {
    name: 'scripted',
    stopTraining: false,
    optimizer: rate(learningRate),
    getWeights: async () => weights(now),
    setWeights: ([{ data }]: { data: Float32Array }[]) => {
      now = data[0];
    },
  };
  const position = { epoch: 0, batch: 0, shuffleSeed: undefined };
  callback.attach(model as unknown as TrainedModel, { validates, position } as RunParameters);
  await callback.onTrainBegin();
  const rates: number[] = [];
  let epoch = 0;
  for (; epoch < epochs.length && !model.stopTraining; epoch++) {
    now = epoch;
    await callback.onEpochBegin(epoch);
    await callback.onEpochEnd(epoch, { ...epochs[epoch] });
    rates.push(model.optimizer.learningRate);
  }
  await callback.onTrainEnd({});
  return { epochs: epoch, weights: now, rates };
}

const losses = (...values: number[]): Logs[] => values.map((v) => ({ loss: v, val_loss: v }));

describe('earlyStopping', () => {
  const stop = callbacks.earlyStopping;

  it('ends after so many epochs without improvement, and can go back to the best', async () => {
    const numbers = losses(5, 4, 4, 3, 3, 3, 1);
    expect(await play(stop({ patience: 2 }), numbers)).toMatchObject({ epochs: 6, weights: 5 });
    const best = stop({ patience: 2, restoreBestWeights: true });
    expect(await play(best, numbers)).toMatchObject({ epochs: 6, weights: 3 });
    expect(best).toMatchObject({ stoppedEpoch: 5, bestEpoch: 3, best: 3 });
    // Patience 0 ends at the first epoch that is no better, but never at the very first.
    expect(await play(stop(), losses(Number.NaN, Number.NaN, 1))).toMatchObject({ epochs: 2 });
    expect(await play(stop(), losses(3, 3, 1))).toMatchObject({ epochs: 2 });
  });

  it('asks for minDelta, a baseline, and waits for startFromEpoch', async () => {
    const small = losses(5, 4.95, 4.9, 4.85);
    expect((await play(stop({ patience: 2, minDelta: 0.1 }), small)).epochs).toBe(3);
    // Improvements count only once they beat the baseline.
    expect((await play(stop({ patience: 3, baseline: 3 }), losses(6, 5, 4, 3.5, 1))).epochs).toBe(
      5,
    );
    expect((await play(stop({ patience: 3, baseline: 3 }), losses(6, 5, 4, 4, 1))).epochs).toBe(4);
    const late = stop({ startFromEpoch: 3, restoreBestWeights: true });
    expect(await play(late, losses(1, 2, 3, 4, 5, 6))).toMatchObject({ epochs: 5, weights: 3 });
    const accuracy = [0.1, 0.5, 0.4, 0.3].map((v) => ({ val_accuracy: v }));
    expect((await play(stop({ monitor: 'val_accuracy' }), accuracy)).epochs).toBe(3);
  });

  it('passes over epochs that are not validated', async () => {
    const numbers: Logs[] = [
      { loss: 1 },
      { loss: 1, val_loss: 2 },
      { loss: 1 },
      { loss: 1, val_loss: 3 },
    ];
    expect((await play(stop(), [...numbers, { loss: 1 }])).epochs).toBe(4);
    await expect(play(stop(), numbers, { validates: false })).rejects.toThrow(
      "'val_loss' is not among",
    );
    await expect(play(stop({ monitor: 'val_los' }), [{ val_loss: 1 }])).rejects.toThrow('val_los');
  });

  it('tells what it does, if asked', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await play(stop({ verbose: 1, restoreBestWeights: true }), losses(1, 2));
    expect(log.mock.calls.flat()).toEqual([
      'Epoch 2: early stopping',
      'Restoring the weights of the best epoch: 1',
    ]);
    log.mockRestore();
  });

  it('knows its options', () => {
    expect(() => stop({ restoreBestWeigths: true } as never)).toThrow("'restoreBestWeights'");
    expect(() => stop({ patience: -1 })).toThrow('patience is -1');
  });
});

describe('reduceLROnPlateau', () => {
  const plateau = callbacks.reduceLROnPlateau;

  it('reduces after so many epochs, and rests in the cooldown', async () => {
    const same = losses(1, 1, 1, 1, 1, 1, 1, 1, 1);
    const { rates } = await play(plateau({ patience: 2, factor: 0.5 }), same, { learningRate: 1 });
    expect(rates).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.0625]);
    const resting = plateau({ patience: 1, factor: 0.5, cooldown: 3 });
    // Each epoch of the cooldown is counted at its beginning, so the third is watched again.
    expect((await play(resting, same, { learningRate: 1 })).rates).toEqual([
      1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125,
    ]);
  });

  it('stops at the smallest rate', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const limited = plateau({ patience: 1, minLr: 0.001, verbose: 1 });
    const { rates } = await play(limited, losses(1, 1, 1, 1, 1));
    expect(rates).toEqual([0.1, expect.closeTo(0.01), 0.001, 0.001, 0.001]);
    expect(log).toHaveBeenCalledTimes(2); // the float32 of 0.001 is no more than 0.001
    log.mockRestore();
  });

  it('passes over epochs that are not validated', async () => {
    const numbers: Logs[] = [
      { val_loss: 1 },
      { loss: 1 },
      { val_loss: 1 },
      { loss: 1 },
      { val_loss: 1 },
    ];
    const scene = { learningRate: 1 };
    const { rates } = await play(plateau({ patience: 2, factor: 0.5 }), numbers, scene);
    expect(rates).toEqual([1, 1, 1, 1, 0.5]);
    expect(() => plateau({ minLR: 1 } as never)).toThrow("'minLr'");
  });
});

describe('learningRateScheduler', () => {
  it('sets the rate of each epoch from the one before', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const halve = callbacks.learningRateScheduler((epoch, now) => (epoch < 2 ? now : now / 2), {
      verbose: 1,
    });
    const { rates } = await play(halve, losses(1, 1, 1, 1), { learningRate: 1 });
    expect(rates).toEqual([1, 1, 0.5, 0.25]);
    expect(log.mock.calls[3]).toEqual(['Epoch 4: setting the learning rate to 0.25']);
    log.mockRestore();
    const wrong = callbacks.learningRateScheduler(() => Number.NaN);
    await expect(play(wrong, losses(1))).rejects.toThrow('returned NaN for epoch 0');
    expect(() => callbacks.learningRateScheduler(0.1 as never)).toThrow('the number 0.1');
  });
});

describe('swapEMAWeights', () => {
  /** Trains with averages; gives the weights in training, in validation, and at the end of each epoch. */
  async function watch(swap: Callback[]) {
    setRandomSeed(1);
    const model = sequential([layers.dense({ units: 1, useBias: false, inputShape: [1] })]);
    const seen = { training: [] as number[], testing: [] as number[], ending: [] as number[] };
    const weight = async () => (await model.getWeights())[0].data[0];
    const note = callbacks.lambda({
      onTrainBatchBegin: async () => void seen.training.push(await weight()),
      onTestBegin: async () => void seen.testing.push(await weight()),
      onEpochEnd: async () => void seen.ending.push(await weight()),
    });
    const optimizer = optimizers.sgd({ learningRate: 0.1, useEma: true, emaMomentum: 0.5 });
    model.compile({ optimizer, loss: 'mse' });
    const data = { x: [[1], [2]], y: [[3], [6]] };
    await model.fit(data.x, data.y, {
      epochs: 3,
      validationData: [data.x, data.y],
      callbacks: [...swap, note],
      verbose: 0,
    });
    return { ...seen, end: await weight() };
  }

  it('validates with the averages and trains with the weights', async () => {
    const plain = await watch([]);
    const swapped = await watch([callbacks.swapEMAWeights()]);
    expect(swapped.training).toEqual(plain.training);
    expect(swapped.ending).toEqual(plain.ending);
    expect(swapped.testing).not.toEqual(plain.testing);
    expect(swapped.end).toBe(plain.end);
  });

  it('leaves the averages in place between epochs, if asked, and takes the weights back', async () => {
    const plain = await watch([]);
    const swapped = await watch([callbacks.swapEMAWeights({ swapOnEpoch: true })]);
    expect(swapped.training).toEqual(plain.training);
    expect(swapped.ending).toEqual(swapped.testing);
    expect(swapped.end).toBe(plain.end);
  });

  it('needs averages', async () => {
    const model = sequential([layers.dense({ units: 1, inputShape: [1] })]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const swap = { callbacks: [callbacks.swapEMAWeights()] };
    await expect(model.fit([[1]], [[1]], swap)).rejects.toThrow('keeps no averages');
    await expect(model.evaluate([[1]], [[1]], swap)).rejects.toThrow('keeps no averages');
  });
});

describe('remoteMonitor', () => {
  it('posts the numbers of an epoch as a form, or as JSON', async () => {
    const requests: { url?: string; type?: string; secret?: unknown; body: string }[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { 'content-type': type, 'x-secret': secret } = request.headers;
      requests.push({ url: request.url, type, secret, body });
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await play(callbacks.remoteMonitor({ root }), [{ loss: 0.5 }]);
      expect(requests[0]).toMatchObject({
        url: '/publish/epoch/end/',
        type: 'application/x-www-form-urlencoded',
      });
      expect(JSON.parse(new URLSearchParams(requests[0].body).get('data') as string)).toEqual({
        epoch: 0,
        loss: 0.5,
      });
      const headers = { 'x-secret': '1' };
      const json = callbacks.remoteMonitor({ root, path: '/log', sendAsJson: true, headers });
      await play(json, [{ loss: 0.5 }]);
      expect(requests[1]).toMatchObject({ url: '/log', type: 'application/json', secret: '1' });
      expect(JSON.parse(requests[1].body)).toEqual({ epoch: 0, loss: 0.5 });
    } finally {
      server.close();
    }
  });

  it('reports a server that refuses once, with the reason, and goes on', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const remote = callbacks.remoteMonitor({ root: 'http://127.0.0.1:1' });
    expect((await play(remote, losses(1, 2, 3))).epochs).toBe(3);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0][0]).toMatch(
      /127\.0\.0\.1:1\/publish.*\(fetch failed: .+\); training/,
    );
    warn.mockRestore();
  });
});

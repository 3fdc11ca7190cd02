/**
 * A program that trains with a backup in the folder of its first argument, for the test that kills it. It
 * tells each epoch on a line, and a hash of the weights in the end.
 */
import { createHash } from 'node:crypto';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { BackupAndRestore } from '../../src/node/backup-and-restore.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import { setRandomSeed } from '../../src/tensor/random.ts';
import { Callback } from '../../src/training/callbacks/callback.ts';
import { sequential } from '../../src/training/sequential.ts';

class Tell extends Callback {
  override onEpochEnd(epoch: number): void {
    process.stdout.write(`epoch ${epoch}\n`);
  }
}

registerEngine('js', async () => createJsEngine());
setDevice('js');
setRandomSeed(1);
const samples = 200;
const x = Float32Array.from({ length: samples * 4 }, (_, i) => Math.sin(i));
const y = Float32Array.from({ length: samples }, (_, i) => Math.cos(i));
const model = sequential([
  layers.dense({ units: 32, activation: 'tanh', inputShape: [4] }),
  layers.dropout({ rate: 0.2 }),
  layers.dense({ units: 1 }),
]);
model.compile({ optimizer: 'adam', loss: 'mse' });
await model.fit(
  { data: x, shape: [samples, 4], dtype: 'float32' },
  { data: y, shape: [samples, 1], dtype: 'float32' },
  {
    epochs: 30,
    batchSize: 16,
    callbacks: [new BackupAndRestore({ backupDir: process.argv[2], saveFreq: 5 }), new Tell()],
  },
);
const hash = createHash('sha256');
for (const { data } of await model.getWeights()) {
  hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}
process.stdout.write(`weights ${hash.digest('hex')}\n`);

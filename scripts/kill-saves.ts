/**
 * Kills processes while they save models: whatever the moment, the file must be the old model or the new
 * one, whole. Each process saves two models by turns over the same files, as fast as it can, until it is
 * killed; then the files are loaded and compared with both.
 *
 *   node --import ./bench/typescript.js scripts/kill-saves.ts [--kills 100]
 */
import { fork } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createJsEngine } from '../src/engines/js/engine.ts';
import { hashBits } from '../src/graph/random.ts';
import { layers } from '../src/nn/layers/index.ts';
import { loadModel, saveModel } from '../src/node/model-files.ts';
import { registerEngine, setDevice } from '../src/tensor/device.ts';
import { setRandomSeed } from '../src/tensor/random.ts';
import { sequential } from '../src/training/sequential.ts';
import '../src/nn/losses/index.ts';

/** The files that a process writes by turns; `tfjs` is a folder. */
const targets = ['model.keras', 'model.h5', 'model.safetensors', 'tfjs'];
/** Longest time from the first save to the kill. */
const LONGEST_MS = 200;

/** One of the two models: they differ in their weights, and in the size of one layer. */
function makeModel(which: number) {
  setRandomSeed(which);
  const units = 200 + 50 * which;
  return sequential(
    [layers.dense({ units, activation: 'relu', inputShape: [100] }), layers.dense({ units: 100 })],
    { name: `model_${which}` },
  );
}

async function weightsText(model: { getWeights(): Promise<{ data: ArrayLike<number> }[]> }) {
  const weights = await model.getWeights();
  return weights.map(({ data }) => Array.from(data).join()).join(';');
}

async function saveUntilKilled(folder: string): Promise<void> {
  const models = [makeModel(0), makeModel(1)];
  for (let turn = 0; ; turn++) {
    for (const target of targets) await saveModel(models[turn % 2], join(folder, target));
    // All files are there: from now on any moment will do.
    if (turn === 0) process.send?.('saved');
  }
}

async function killOnce(folder: string, wait: number): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['--folder', folder], {
    execArgv: ['--import', new URL('../bench/typescript.js', import.meta.url).href],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('exit', (_code, signal) => resolve(signal));
  });
  await new Promise((resolve, reject) => {
    child.on('message', resolve);
    child.on('exit', () => reject(new Error('the process ended before it was killed')));
  });
  await sleep(wait);
  child.kill('SIGKILL');
  await ended;
}

async function main(kills: number): Promise<void> {
  const known = await Promise.all([0, 1].map((which) => weightsText(makeModel(which))));
  const found = [0, 0];
  let leftovers = 0;
  for (let k = 0; k < kills; k++) {
    const folder = await mkdtemp(join(tmpdir(), 'nabla-kill-'));
    try {
      await killOnce(folder, hashBits(1, k, 0) % LONGEST_MS);
      for (const target of targets) {
        const text = await weightsText(await loadModel(join(folder, target)));
        const which = known.indexOf(text);
        if (which < 0) throw new Error(`after kill ${k}, ${target} is neither model`);
        found[which]++;
      }
      leftovers += (await readdir(folder, { recursive: true })).filter((n) =>
        n.endsWith('.tmp'),
      ).length;
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  console.log(
    `${kills} processes killed: ${found[0]} files were the one model, ${found[1]} the other, none was damaged; ${leftovers} temporary files were left`,
  );
}

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '100' }, folder: { type: 'string' } },
});
registerEngine('js', async () => createJsEngine());
setDevice('js');
if (values.folder !== undefined) await saveUntilKilled(values.folder);
else await main(Number(values.kills));

import { NablaError } from '../graph/errors.ts';
import { hashBits } from '../graph/random.ts';
import * as b from '../ops/build.ts';
import { Tensor } from './tensor.ts';
import { Variable } from './variable.ts';

/**
 * Random numbers are a function of a key and a counter, alike on every engine. A generator holds both
 * as a variable, so that a compiled step advances it, a run is reproducible from its seed, and a saved
 * generator goes on where it stopped.
 */
export class SeedGenerator {
  readonly state: Variable;

  /** Without a seed, one is drawn from the global generator (see {@link setRandomSeed}). */
  constructor(seed?: number, name = 'seed_generator_state') {
    const key = (seed ?? drawSeed()) | 0;
    this.state = new Variable(
      { data: Int32Array.of(key, 0), shape: [2], dtype: 'int32' },
      { name, trainable: false },
    );
  }

  /** A key (int32 [2]) for one use; the next call gives another. */
  next(): Tensor {
    const key = this.state.value;
    this.state.assign(new Tensor(b.add(key.node, b.literal([0, 1], [2], 'int32'))));
    return key;
  }
}

let globalSeed = (Math.random() * 2 ** 31) | 0;
let draws = 0;
let globalGenerator: SeedGenerator | undefined;

/** Makes everything that follows reproducible: initial weights, dropout, shuffles. */
export function setRandomSeed(seed: number): void {
  if (!Number.isInteger(seed))
    throw new NablaError(`setRandomSeed: received ${seed}; expected an integer`);
  globalSeed = seed | 0;
  draws = 0;
  globalGenerator = undefined;
}

/** A fresh seed (int32), different at each call, determined by the global seed. */
export function drawSeed(): number {
  return hashBits(globalSeed, 0x5eed, draws++) | 0;
}

/** The seed of everything and how many seeds were drawn from it: for a run that is continued later. */
export interface RandomState {
  readonly seed: number;
  readonly draws: number;
}

export function getRandomState(): RandomState {
  return { seed: globalSeed, draws };
}

/** Goes on from a state that {@link getRandomState} gave; generators that exist are left as they are. */
export function setRandomState(state: RandomState): void {
  globalSeed = state.seed | 0;
  draws = state.draws;
}

/** The generator that {@link defaultGenerator} gives, if it has ever been asked for. */
export function usedDefaultGenerator(): SeedGenerator | undefined {
  return globalGenerator;
}

/** The generator of random functions that were given no seed of their own. */
export function defaultGenerator(): SeedGenerator {
  globalGenerator ??= new SeedGenerator();
  return globalGenerator;
}

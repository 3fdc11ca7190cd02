/** Every test file starts with the engines of Node and a fixed seed. */
import { registerNodeEngines } from '../src/node/engines.ts';
import { setRandomSeed } from '../src/tensor/random.ts';

registerNodeEngines();
setRandomSeed(0);

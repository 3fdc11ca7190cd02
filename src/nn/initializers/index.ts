import type { NameOf } from '../names.ts';
import {
  type ConfigurableClass,
  factories,
  registries,
  type SerializedObject,
} from '../registry.ts';
import { Constant, Identity, Ones, Zeros } from './constant.ts';
import { FunctionInitializer, Initializer, type InitializerFunction } from './initializer.ts';
import { Orthogonal } from './orthogonal.ts';
import {
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  VarianceScaling,
} from './random.ts';
import { STFTInitializer } from './stft.ts';

const classes = {
  zeros: Zeros,
  ones: Ones,
  constant: Constant,
  identity: Identity,
  randomNormal: RandomNormal,
  randomUniform: RandomUniform,
  truncatedNormal: TruncatedNormal,
  varianceScaling: VarianceScaling,
  glorotUniform: GlorotUniform,
  glorotNormal: GlorotNormal,
  heUniform: HeUniform,
  heNormal: HeNormal,
  lecunUniform: LecunUniform,
  lecunNormal: LecunNormal,
  orthogonal: Orthogonal,
};

/** Further names that Keras knows, or that the literature uses. */
const aliases = {
  zero: Zeros,
  one: Ones,
  normal: RandomNormal,
  uniform: RandomUniform,
  xavierUniform: GlorotUniform,
  xavierNormal: GlorotNormal,
  identityInitializer: Identity,
  orthogonalInitializer: Orthogonal,
};

registries.initializers.register({
  ...classes,
  ...aliases,
  stft: STFTInitializer,
  stftInitializer: STFTInitializer,
});
registries.initializers.base = Initializer;
registries.initializers.wrap = (fn: InitializerFunction) => new FunctionInitializer(fn);

/** The initializers that are known by name. */
export type InitializerName = NameOf<keyof typeof classes | keyof typeof aliases>;

/** Wherever a layer takes an initializer: an object, its class, its name, a function, or its configuration. */
export type InitializerSpec =
  | Initializer
  | InitializerName
  | InitializerFunction
  | ConfigurableClass<Initializer>
  | SerializedObject;

/** First values of weights, as Keras has them: `initializers.heNormal({ seed: 1 })`. @namespace */
export const initializers = {
  ...factories(classes),
  ...factories({ stft: STFTInitializer }),
  get: (spec: InitializerSpec): Initializer => registries.initializers.get(spec),
  deserialize: (spec: SerializedObject): Initializer => registries.initializers.deserialize(spec),
  serialize: (initializer: Initializer) => registries.initializers.serialize(initializer),
};

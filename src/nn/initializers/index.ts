import type { NameOf } from '../names.ts';
import {
  type ConfigurableClass,
  factories,
  registries,
  type SerializedObject,
} from '../registry.ts';
import { Constant, Identity, Ones, Zeros } from './constant.ts';
import type { Initializer } from './initializer.ts';
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

registries.initializers.register({ ...classes, ...aliases, stftInitializer: STFTInitializer });

export type InitializerName = NameOf<keyof typeof classes | keyof typeof aliases>;

/** Wherever a layer takes an initializer: an object, its class, its name, or its configuration. */
export type InitializerSpec =
  | Initializer
  | InitializerName
  | ConfigurableClass<Initializer>
  | SerializedObject;

export const initializers = {
  ...factories(classes),
  stft: (options: ConstructorParameters<typeof STFTInitializer>[0]) => new STFTInitializer(options),
  get: (spec: InitializerSpec): Initializer => registries.initializers.get(spec),
  deserialize: (spec: SerializedObject): Initializer => registries.initializers.deserialize(spec),
  serialize: (initializer: Initializer) => registries.initializers.serialize(initializer),
};

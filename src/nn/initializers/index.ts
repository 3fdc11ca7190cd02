import { registries, type SerializedObject } from '../registry.ts';
import {
  Constant,
  type ConstantOptions,
  Identity,
  type IdentityOptions,
  Ones,
  Zeros,
} from './constant.ts';
import type { Initializer } from './initializer.ts';
import {
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  RandomNormal,
  type RandomNormalOptions,
  RandomUniform,
  type RandomUniformOptions,
  type SeedOptions,
  TruncatedNormal,
  VarianceScaling,
  type VarianceScalingOptions,
} from './random.ts';

registries.initializers.register({
  Zeros,
  Ones,
  Constant,
  Identity,
  IdentityInitializer: Identity,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  VarianceScaling,
  GlorotUniform,
  GlorotNormal,
  HeUniform,
  HeNormal,
  LecunUniform,
  LecunNormal,
  Normal: RandomNormal,
  Uniform: RandomUniform,
  XavierUniform: GlorotUniform,
  XavierNormal: GlorotNormal,
});

export type InitializerName =
  | 'zeros'
  | 'ones'
  | 'constant'
  | 'identity'
  | 'randomNormal'
  | 'randomUniform'
  | 'truncatedNormal'
  | 'varianceScaling'
  | 'glorotUniform'
  | 'glorotNormal'
  | 'heUniform'
  | 'heNormal'
  | 'lecunUniform'
  | 'lecunNormal'
  | 'orthogonal';

/** Wherever a layer takes an initializer: an object, its name, or its configuration. */
export type InitializerSpec = Initializer | InitializerName | SerializedObject;

export const initializers = {
  zeros: () => new Zeros(),
  ones: () => new Ones(),
  constant: (options?: ConstantOptions) => new Constant(options),
  identity: (options?: IdentityOptions) => new Identity(options),
  randomNormal: (options?: RandomNormalOptions) => new RandomNormal(options),
  randomUniform: (options?: RandomUniformOptions) => new RandomUniform(options),
  truncatedNormal: (options?: RandomNormalOptions) => new TruncatedNormal(options),
  varianceScaling: (options?: VarianceScalingOptions) => new VarianceScaling(options),
  glorotUniform: (options?: SeedOptions) => new GlorotUniform(options),
  glorotNormal: (options?: SeedOptions) => new GlorotNormal(options),
  heUniform: (options?: SeedOptions) => new HeUniform(options),
  heNormal: (options?: SeedOptions) => new HeNormal(options),
  lecunUniform: (options?: SeedOptions) => new LecunUniform(options),
  lecunNormal: (options?: SeedOptions) => new LecunNormal(options),
  get: (spec: InitializerSpec): Initializer => registries.initializers.get(spec),
  deserialize: (spec: SerializedObject): Initializer => registries.initializers.deserialize(spec),
  serialize: (initializer: Initializer) => registries.initializers.serialize(initializer),
};

import { registries } from '../../registry.ts';
import { CategoryEncoding, type CategoryEncodingOptions } from './category-encoding.ts';
import { Discretization, type DiscretizationOptions } from './discretization.ts';
import {
  HashedCrossing,
  type HashedCrossingOptions,
  Hashing,
  type HashingOptions,
} from './hashing.ts';
import { imageLayers } from './image/index.ts';
import {
  IntegerLookup,
  type IntegerLookupOptions,
  type LookupOptions,
  StringLookup,
} from './lookup.ts';
import { Normalization, type NormalizationOptions } from './normalization.ts';
import { Rescaling, type RescalingOptions } from './rescaling.ts';
import {
  MelSpectrogram,
  type MelSpectrogramOptions,
  STFTSpectrogram,
  type STFTSpectrogramOptions,
} from './spectrogram.ts';
import { TextVectorization, type TextVectorizationOptions } from './text-vectorization.ts';

registries.layers.register({
  Normalization,
  Discretization,
  CategoryEncoding,
  Rescaling,
  Hashing,
  HashedCrossing,
  IntegerLookup,
  StringLookup,
  TextVectorization,
  STFTSpectrogram,
  MelSpectrogram,
});

export const preprocessingLayers = {
  normalization: (options?: NormalizationOptions) => new Normalization(options),
  discretization: (options: DiscretizationOptions) => new Discretization(options),
  categoryEncoding: (options: CategoryEncodingOptions) => new CategoryEncoding(options),
  rescaling: (options: RescalingOptions) => new Rescaling(options),
  hashing: (options: HashingOptions) => new Hashing(options),
  hashedCrossing: (options: HashedCrossingOptions) => new HashedCrossing(options),
  integerLookup: (options?: IntegerLookupOptions) => new IntegerLookup(options),
  stringLookup: (options?: LookupOptions<string>) => new StringLookup(options),
  textVectorization: (options?: TextVectorizationOptions) => new TextVectorization(options),
  stftSpectrogram: (options?: STFTSpectrogramOptions) => new STFTSpectrogram(options),
  melSpectrogram: (options?: MelSpectrogramOptions) => new MelSpectrogram(options),
  ...imageLayers,
};

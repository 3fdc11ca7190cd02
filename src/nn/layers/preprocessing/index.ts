import { registries } from '../../registry.ts';
import { CategoryEncoding } from './category-encoding.ts';
import { Discretization } from './discretization.ts';
import { HashedCrossing, Hashing } from './hashing.ts';
import { imageLayers } from './image/index.ts';
import { IntegerLookup, StringLookup } from './lookup.ts';
import { Normalization } from './normalization.ts';
import { Rescaling } from './rescaling.ts';
import { MelSpectrogram, STFTSpectrogram } from './spectrogram.ts';
import { TextVectorization } from './text-vectorization.ts';

export const preprocessingLayers = {
  normalization: Normalization,
  discretization: Discretization,
  categoryEncoding: CategoryEncoding,
  rescaling: Rescaling,
  hashing: Hashing,
  hashedCrossing: HashedCrossing,
  integerLookup: IntegerLookup,
  stringLookup: StringLookup,
  textVectorization: TextVectorization,
  stftSpectrogram: STFTSpectrogram,
  melSpectrogram: MelSpectrogram,
  ...imageLayers,
};

registries.layers.register(preprocessingLayers);

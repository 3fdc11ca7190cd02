import { registries } from '../../../registry.ts';
import {
  RandomBrightness,
  RandomColorDegeneration,
  RandomColorJitter,
  RandomContrast,
  RandomGaussianBlur,
  RandomGrayscale,
  RandomHue,
  RandomInvert,
  RandomPosterization,
  RandomSaturation,
  RandomSharpness,
  Solarization,
} from './color.ts';
import {
  RandomElasticTransform,
  RandomFlip,
  RandomPerspective,
  RandomRotation,
  RandomShear,
  RandomTranslation,
  RandomZoom,
} from './geometry.ts';
import {
  AutoContrast,
  ContrastLimitedAdaptiveHistogramEqualization,
  Equalization,
} from './histogram.ts';
import { CutMix, MixUp, RandomErasing } from './mixing.ts';
import { AugMix, RandAugment, RandomApply } from './policy.ts';
import { CenterCrop, RandomCrop, Resizing } from './resizing.ts';

export const imageLayers = {
  resizing: Resizing,
  centerCrop: CenterCrop,
  randomCrop: RandomCrop,
  randomFlip: RandomFlip,
  randomTranslation: RandomTranslation,
  randomRotation: RandomRotation,
  randomZoom: RandomZoom,
  randomShear: RandomShear,
  randomPerspective: RandomPerspective,
  randomElasticTransform: RandomElasticTransform,
  randomBrightness: RandomBrightness,
  randomContrast: RandomContrast,
  randomHue: RandomHue,
  randomSaturation: RandomSaturation,
  randomColorDegeneration: RandomColorDegeneration,
  randomColorJitter: RandomColorJitter,
  randomSharpness: RandomSharpness,
  randomInvert: RandomInvert,
  randomPosterization: RandomPosterization,
  randomGrayscale: RandomGrayscale,
  randomGaussianBlur: RandomGaussianBlur,
  randomErasing: RandomErasing,
  solarization: Solarization,
  autoContrast: AutoContrast,
  equalization: Equalization,
  contrastLimitedAdaptiveHistogramEqualization: ContrastLimitedAdaptiveHistogramEqualization,
  mixUp: MixUp,
  cutMix: CutMix,
  randAugment: RandAugment,
  randomApply: RandomApply,
  augMix: AugMix,
};

registries.layers.register(imageLayers);

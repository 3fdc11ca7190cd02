import { registries } from '../../registry.ts';
import {
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling2D,
  AdaptiveAveragePooling3D,
  AdaptiveMaxPooling1D,
  AdaptiveMaxPooling2D,
  AdaptiveMaxPooling3D,
} from './adaptive.ts';
import {
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling3D,
} from './global.ts';
import {
  AveragePooling1D,
  AveragePooling2D,
  AveragePooling3D,
  MaxPooling1D,
  MaxPooling2D,
  MaxPooling3D,
} from './pool.ts';

export const poolingLayers = {
  maxPooling1d: MaxPooling1D,
  maxPooling2d: MaxPooling2D,
  maxPooling3d: MaxPooling3D,
  averagePooling1d: AveragePooling1D,
  averagePooling2d: AveragePooling2D,
  averagePooling3d: AveragePooling3D,
  globalAveragePooling1d: GlobalAveragePooling1D,
  globalAveragePooling2d: GlobalAveragePooling2D,
  globalAveragePooling3d: GlobalAveragePooling3D,
  globalMaxPooling1d: GlobalMaxPooling1D,
  globalMaxPooling2d: GlobalMaxPooling2D,
  globalMaxPooling3d: GlobalMaxPooling3D,
  adaptiveAveragePooling1d: AdaptiveAveragePooling1D,
  adaptiveAveragePooling2d: AdaptiveAveragePooling2D,
  adaptiveAveragePooling3d: AdaptiveAveragePooling3D,
  adaptiveMaxPooling1d: AdaptiveMaxPooling1D,
  adaptiveMaxPooling2d: AdaptiveMaxPooling2D,
  adaptiveMaxPooling3d: AdaptiveMaxPooling3D,
};

registries.layers.register({
  ...poolingLayers,
  MaxPool1D: MaxPooling1D,
  MaxPool2D: MaxPooling2D,
  MaxPool3D: MaxPooling3D,
  AvgPool1D: AveragePooling1D,
  AvgPool2D: AveragePooling2D,
  AvgPool3D: AveragePooling3D,
  GlobalAvgPool1D: GlobalAveragePooling1D,
  GlobalAvgPool2D: GlobalAveragePooling2D,
  GlobalAvgPool3D: GlobalAveragePooling3D,
  GlobalMaxPool1D: GlobalMaxPooling1D,
  GlobalMaxPool2D: GlobalMaxPooling2D,
  GlobalMaxPool3D: GlobalMaxPooling3D,
});

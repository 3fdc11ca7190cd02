/** Functions of images on nodes: resizing, moving, colours, filters. */
export { hsvToRgb, rgbToGrayscale, rgbToHsv } from './color.ts';
export { filterImages, gaussianBlur, type SsimOptions, sobelEdges, ssim } from './filter.ts';
export { cropImages, padImages } from './frame.ts';
export { equalizeHistogram, equalizeHistogramLocally } from './histogram.ts';
export { extractPatches3d } from './patches.ts';
export { type Interpolation, type ResizeOptions, resize } from './resize.ts';
export {
  affineTransform,
  type FillMode,
  fillModes,
  pixelGrid,
  type SampleOptions,
  sampleImages,
  type TransformOptions,
} from './transform.ts';

/** Pictures of training and its results as standalone SVG documents, in Node and in the browser. */
export { type Bar, type BarChartOptions, barChart } from './bar-chart.ts';
export { type ConfusionMatrixOptions, confusionMatrix } from './confusion-matrix.ts';
export { type GridImage, type ImageGridOptions, imageGrid } from './image-grid.ts';
export {
  bestEpoch,
  type LearningCurvesOptions,
  learningCurves,
  type TrainingHistory,
} from './learning-curves.ts';
export { type LineChartOptions, type LineSeries, lineChart } from './line-chart.ts';
export { type ClassRegions, type PointGroup, type ScatterOptions, scatter } from './scatter.ts';

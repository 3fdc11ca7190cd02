/** Nabla in Node: everything of the browser, with native engines, files and a terminal. */
import { registerNodeEngines } from './node/engines.ts';
import { registerNodeFiles } from './node/model-files.ts';
import { ProgressBar } from './node/progress-bar.ts';
import { registerProgress } from './training/progress.ts';
import { registerTerminalWidth } from './training/summary.ts';

export * from './api.ts';
export { callbacks } from './node/callbacks.ts';
export { datasetFromImageFolder } from './node/dataset-images.ts';
export {
  datasetFromCSVFile,
  datasetFromTextFile,
  datasetFromTextFolder,
  readCSV,
} from './node/dataset-text.ts';
export { decodeImage, readImage } from './node/images.ts';
export { loadModel } from './node/model-files.ts';
export { SummaryWriter } from './node/summary-writer.ts';

registerNodeEngines();
registerNodeFiles();
registerProgress((mode) =>
  mode === 'auto' && !process.stdout.isTTY ? undefined : new ProgressBar(),
);
registerTerminalWidth(() => process.stdout.columns);

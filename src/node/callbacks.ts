/** The callbacks that need Node: files and terminals. */
import { callbacks as everywhere } from '../training/callbacks/index.ts';
import { BackupAndRestore, type BackupAndRestoreOptions } from './backup-and-restore.ts';
import { CSVLogger, type CSVLoggerOptions } from './csv-logger.ts';
import { ModelCheckpoint, type ModelCheckpointOptions } from './model-checkpoint.ts';
import { ProgressBar } from './progress-bar.ts';
import { TensorBoard, type TensorBoardOptions } from './tensorboard.ts';

/**
 * Keras's callbacks, those for files and terminals among them: `callbacks.earlyStopping({ patience: 2 })`.
 * @namespace
 */
export const callbacks = {
  ...everywhere,
  csvLogger: (path: string, options?: CSVLoggerOptions) => new CSVLogger(path, options),
  progressBar: () => new ProgressBar(),
  /** With the folder of the run, or all options. */
  tensorBoard: (options?: string | TensorBoardOptions) =>
    new TensorBoard(typeof options === 'string' ? { logDir: options } : options),
  modelCheckpoint: (options: ModelCheckpointOptions) => new ModelCheckpoint(options),
  backupAndRestore: (options: BackupAndRestoreOptions) => new BackupAndRestore(options),
};

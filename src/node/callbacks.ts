/** The callbacks that need Node: files and terminals. */
import { callbacks as everywhere } from '../training/callbacks/index.ts';
import { BackupAndRestore, type BackupAndRestoreOptions } from './backup-and-restore.ts';
import { CSVLogger, type CSVLoggerOptions } from './csv-logger.ts';
import { ProgressBar } from './progress-bar.ts';

export const callbacks = {
  ...everywhere,
  csvLogger: (path: string, options?: CSVLoggerOptions) => new CSVLogger(path, options),
  progressBar: () => new ProgressBar(),
  backupAndRestore: (options: BackupAndRestoreOptions) => new BackupAndRestore(options),
};

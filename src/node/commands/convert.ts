/** `nabla convert <in> <out>`: a model from one file format to another. */
import { countParameters } from '../../training/summary.ts';
import type { CommandContext } from '../command-context.ts';
import { describePath, saveModel } from '../model-files.ts';
import { formatNumber, printable } from '../terminal.ts';
import { openModel, useDevice, warnTo } from './models.ts';

export interface ConvertFlags {
  /** False leaves optimizer, loss and metrics out. */
  optimizer?: boolean;
}

export async function convert(
  from: string,
  to: string,
  { optimizer }: ConvertFlags,
  { stdout, stderr }: CommandContext,
): Promise<number> {
  useDevice({ device: 'js' });
  const { format } = await describePath(from);
  const model = await openModel(from, stderr, { compile: optimizer });
  await saveModel(model, to, { includeOptimizer: optimizer, onWarning: warnTo(stderr) });
  const written = await describePath(to);
  stdout.write(
    `${printable(from)}, ${format}, to ${printable(to)}, ${written.format}: ${formatNumber(countParameters(model.weights))} parameters\n`,
  );
  return 0;
}

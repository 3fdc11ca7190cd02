/** `nabla convert <in> <out>`: a model from one file format to another. */
import { basename, dirname } from 'node:path';
import { OnnxModel } from '../../formats/onnx/onnx-model.ts';
import { formatOfName } from '../../formats/save.ts';
import type { ModelFormat } from '../../training/files.ts';
import type { Model } from '../../training/model.ts';
import { countParameters } from '../../training/summary.ts';
import type { CommandContext } from '../command-context.ts';
import { saveModel } from '../model-files.ts';
import { inputsOf, shapeText } from '../model-inputs.ts';
import { expectFree, expectFreeFolder } from '../output-file.ts';
import {
  colorWanted,
  createStyle,
  displayWidth,
  formatNumber,
  pad,
  printable,
} from '../terminal.ts';
import { quoted, UsageError, unknownName } from '../usage-error.ts';
import { describeModel, openModel, useDevice, warnTo } from './models.ts';

export interface ConvertFlags {
  /** False leaves optimizer, loss and metrics out. */
  optimizer?: boolean;
  /** Replace a file that is there. */
  force?: boolean;
  /** Shapes of one sample, `24,24,3` or `image=24,24,3`, for inputs with axes of open size. */
  inputShape?: readonly string[];
}

type Shapes = Record<string, readonly (number | null)[]>;

/** The shapes of inputs that ONNX needs, from what was given; open axes beside the batch are refused. */
function inputShapes(model: Model, given: readonly string[]): Shapes {
  const inputs = inputsOf(model);
  const shapes: Shapes = {};
  for (const text of given) {
    const [, name, sizes] = /^(?:(.*)=)?(\d+(?:[,x]\d+)*)$/.exec(text) ?? [];
    if (sizes === undefined) {
      throw new UsageError(
        `--input-shape ${quoted(text)} is no shape; give the sizes of one sample, such as 24,24,3 or ${inputs[0].name}=24,24,3`,
      );
    }
    const names = inputs.map((i) => i.name);
    const of = name ?? (names.length === 1 ? names[0] : undefined);
    if (of === undefined || !names.includes(of)) throw unknownName('input', name ?? text, names);
    shapes[of] = [null, ...sizes.split(/[,x]/).map(Number)];
  }
  for (const { name, shape } of inputs) {
    if (shapes[name] || !shape?.slice(1).includes(null)) continue;
    throw new UsageError(
      `the input "${name}" takes ${shapeText(shape)}, and ONNX has open sizes for the batch alone; give the others with --input-shape ${name}=${shape
        .slice(1)
        .map((d) => d ?? 64)
        .join(',')}`,
    );
  }
  return shapes;
}

function formatOf(name: string): ModelFormat {
  try {
    return formatOfName(name);
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^save: /, ''));
  }
}

/** What the new file lacks of a model that can be trained further; undefined where it has everything. */
function leftOut(model: Model, format: ModelFormat, withOptimizer: boolean): string | undefined {
  if (format === 'weights.h5') {
    return 'the layers; load the weights into a model that a program has built';
  }
  if (!withOptimizer) return 'optimizer, loss and metrics, as asked';
  if (!model.isCompiled) return undefined;
  if (format === 'onnx') return 'optimizer, loss and metrics, for which ONNX has no place';
  if (format === 'tfjs') return 'the state of the optimizer, for which TensorFlow.js has no place';
  return undefined;
}

export async function convert(
  from: string,
  to: string,
  { optimizer = true, force, inputShape = [] }: ConvertFlags,
  { stdout, stderr, environment }: CommandContext,
): Promise<number> {
  const target = formatOf(to);
  const isJson = /\.json$/i.test(to);
  if (target === 'tfjs') {
    const [folder, main] = isJson ? [dirname(to), basename(to)] : [to, 'model.json'];
    await expectFreeFolder(folder, main, { force, inputs: [from] });
  } else await expectFree(to, { force, inputs: [from] });

  useDevice({ device: 'js' });
  const { format } = await describeModel(from);
  const model = await openModel(from, stderr, { compile: optimizer });
  if (model instanceof OnnxModel) {
    throw new UsageError(
      `${quoted(from)} is an ONNX graph, which has no layers to write to another file; it can be used as it is (predict, evaluate, loadModel), or convert the model that it was exported from`,
    );
  }
  await saveModel(model, to, {
    includeOptimizer: optimizer,
    onWarning: warnTo(stderr),
    ...(target === 'onnx' ? { inputShapes: inputShapes(model, inputShape) } : {}),
  });
  const written = await describeModel(to);

  const style = createStyle(colorWanted(stdout, environment));
  const files = [
    ['from', printable(from), format],
    ['to', printable(to), written.format],
  ];
  const width = Math.max(...files.map(([, name]) => displayWidth(name)));
  const lines = files.map(
    ([label, name, kind]) => `${style.dim(pad(label, 4))}  ${pad(name, width)}  ${kind}`,
  );
  lines.push(`${formatNumber(countParameters(model.weights))} parameters`);
  const missing = leftOut(model, target, optimizer);
  if (missing) lines.push(style.dim(`left out: ${missing}`));
  stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

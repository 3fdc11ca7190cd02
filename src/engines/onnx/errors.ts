import { NablaError } from '../../graph/errors.ts';
import type { Provider } from './runtime.ts';

/** ONNX Runtime's errors as sentences that say what happened and what to do. */

/** The message without the file names and phrases of ONNX Runtime's C++. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replace(
      /Non-zero status code returned while running (\w+) node\. Name:'.*?' Status Message: /s,
      '$1: ',
    )
    .replace(/\S*\/onnxruntime\/core\/\S+:\d+ .*?was false\. /s, '')
    .replace(/\S*\/onnxruntime\/core\/\S+:\d+ /, '')
    .trim();
}

const remedies: Record<Provider, string> = {
  cpu: 'reinstall onnxruntime-node, which holds the CPU kernels for linux, mac and windows on x64 and arm64',
  wasm: 'serve the .wasm files of onnxruntime-web beside the page',
  webgpu: "update the graphics driver, or choose device: 'cpu'",
  cuda: "run node_modules/onnxruntime-node/script/install.js for its CUDA files and install CUDA 12 and cuDNN 9, or choose device: 'cpu'",
};

/** What ONNX Runtime says when the model itself is wrong, which no driver or file can mend. */
const refusal =
  /invalid model|not a registered|NOT_IMPLEMENTED|Could not find an implementation|Provider type/i;

export function sessionError(provider: Provider, error: unknown): NablaError {
  const message = messageOf(error);
  const remedy = refusal.test(message)
    ? "this is a fault in nabla's lowering: please report it, with the graph; device: 'js' runs every graph"
    : remedies[provider];
  return new NablaError(`onnx (${provider}): no session could be made: ${message}; ${remedy}`, {
    cause: error,
  });
}

/** What ONNX Runtime says of an index outside its table, operator by operator. */
const outOfRange = [
  /indices element out of data bounds, idx=(?<index>-?\d+) must be within the inclusive range \[(?<low>-?\d+),(?<high>-?\d+)\]/,
  /invalid indice found, indice = (?<index>-?\d+)/,
  /Out of range value in index tensor/,
];

export function runError(provider: Provider, error: unknown): NablaError {
  const message = messageOf(error);
  let text = message;
  for (const pattern of outOfRange) {
    const match = pattern.exec(message);
    if (!match) continue;
    const { index, low, high } = match.groups ?? {};
    const what = index === undefined ? 'an index is out of range' : `an index is ${index}`;
    const expected = low === undefined ? '' : `; expected ${low} to ${high}`;
    text = `${what}${expected}: check the indices, or the size of the table they point into`;
  }
  return new NablaError(`onnx (${provider}): ${text}`, { cause: error });
}

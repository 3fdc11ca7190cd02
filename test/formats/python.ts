/** Debian's Python with python3-h5py and python3-onnx: readers that have nothing in common with ours. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const python = '/usr/bin/python3';

const has = (module: string): boolean => {
  if (!existsSync(python)) return false;
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

export const hasH5py = has('h5py');
export const hasOnnx = has('onnx');

const checker = `
import onnx, sys
for line in sys.stdin:
    try:
        model = onnx.load(line.rstrip('\\n'))
        onnx.checker.check_model(model, full_check=True)
        values = list(model.graph.input) + list(model.graph.output)
        firsts = [v.type.tensor_type.shape.dim[0].dim_param or '?' for v in values]
        print('ok ' + ' '.join(firsts), flush=True)
    except Exception as error:
        print('error ' + ' '.join(str(error).split()), flush=True)
`;

let running: { readonly child: ChildProcess; readonly ask: (path: string) => Promise<string> };

/** One process for all files of a test: importing the checker takes longer than checking. */
function startChecker(): typeof running {
  const child = spawn(python, ['-c', checker], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((answer: string) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  child.on('close', () => {
    for (const answer of waiting) answer('error: the checker ended');
  });
  const ask = (path: string) =>
    new Promise<string>((resolve) => {
      waiting.push(resolve);
      child.stdin.write(`${path}\n`);
    });
  return { child, ask };
}

let count = 0;

/**
 * What ONNX's own checker says of a file, with types and shapes inferred: `ok` and the names of the first
 * axes of all inputs and outputs, or `error` and the reason.
 */
export async function checkOnnx(bytes: Uint8Array): Promise<string> {
  running ??= startChecker();
  const folder = mkdtempSync(join(tmpdir(), 'nabla-onnx-'));
  try {
    const path = join(folder, `${count++}.onnx`);
    writeFileSync(path, bytes);
    return await running.ask(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Ends the process that checks; the next file starts another. */
export function stopChecker(): void {
  running?.child.stdin?.end();
  running = undefined as unknown as typeof running;
}

/**
 * Lets Node run this repository's TypeScript as it stands:
 * `node --import ./bench/typescript.js file.ts`. Types are removed by esbuild, one file at a time, so
 * that paths and dynamic imports stay what they are in the source. The oldest supported Node has no
 * such ability of its own.
 */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transform } from 'esbuild';

// Node runs the hook below in a thread of its own, which loads this file a second time.
if (isMainThread) register(import.meta.url);

export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
  const sourcefile = fileURLToPath(url);
  const { code } = await transform(await readFile(sourcefile, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile,
    sourcemap: 'inline',
  });
  return { format: 'module', source: code, shortCircuit: true };
}

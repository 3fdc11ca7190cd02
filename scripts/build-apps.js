// Builds the pages in apps/ as static files in dist/apps/: each is one script that holds its worker, so
// that it works from any folder and embeds with one <script>.
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = resolve(fileURLToPath(import.meta.url), '../..');

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  write: false,
  format: 'iife',
  target: 'es2022',
  legalComments: 'none',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.css': 'text' },
};

async function bundle(entry, options = {}) {
  const { outputFiles } = await build({ ...shared, entryPoints: [entry], ...options });
  return outputFiles[0].text;
}

/** CSS arrives as text; esbuild makes it small when asked for by itself. */
const smallCss = {
  name: 'small-css',
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({
        entryPoints: [path],
        bundle: true,
        minify: true,
        write: false,
        // The page relies on light-dark() as it is written.
        target: 'chrome130',
      });
      return { contents: outputFiles[0].text, loader: 'text' };
    });
  },
};
shared.plugins = [smallCss];

async function writeWhole(path, text) {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

const kilobytes = (text) => (gzipSync(text, { level: 9 }).length / 1000).toFixed(1);

/** Builds the playground into a folder; returns the compressed size in bytes of its script. */
export async function buildPlayground(out = join(root, 'dist/apps/playground')) {
  await mkdir(out, { recursive: true });
  const worker = await bundle('apps/playground/worker.ts');
  const script = await bundle('apps/playground/element.tsx', {
    define: { WORKER_SOURCE: JSON.stringify(worker) },
  });
  // Loaded only when a network asks for it.
  const runtime = await bundle('apps/playground/onnx.ts', { format: 'esm' });
  await writeWhole(join(out, 'nabla-playground.js'), script);
  await writeWhole(join(out, 'nabla-onnx.js'), runtime);
  const wasm = 'ort-wasm-simd-threaded.wasm';
  await copyFile(join(root, 'node_modules/onnxruntime-web/dist', wasm), join(out, wasm));
  for (const page of ['index.html', 'embed.html']) {
    await copyFile(join(root, 'apps/playground', page), join(out, page));
  }
  console.log(
    `playground: ${kilobytes(script)} kB compressed (worker ${kilobytes(worker)} kB) in ${out}`,
  );
  return gzipSync(script, { level: 9 }).length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPlayground();

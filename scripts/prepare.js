// npm runs this after `npm ci` and `npm install` in the repository, and when the package is packed.
// It builds dist/, but for two cases: `npx nabla` links the package anew and would build each time
// it is called, and an installation without the development tools cannot build.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const built = existsSync(new URL('../dist/src/node/cli.js', import.meta.url));
const compiler = existsSync(new URL('../node_modules/typescript/package.json', import.meta.url));
const called = process.env.npm_command === 'exec';

if (built && called) {
  // Up to date enough to run: whoever edits the source calls `npm run build`.
} else if (!compiler) {
  console.warn('nabla: not built, because the development dependencies are not installed');
} else {
  const { status } = spawnSync('npm', ['run', 'build'], { stdio: 'inherit', shell: true });
  process.exitCode = status ?? 1;
}

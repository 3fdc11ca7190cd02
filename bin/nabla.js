#!/usr/bin/env node
// The door to the command line. It uses nothing that an older Node.js lacks, to say which is needed.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
const cli = new URL('../dist/src/node/cli.js', import.meta.url);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`error: nabla needs Node.js 20.19 or newer; this is ${process.versions.node}`);
  process.exitCode = 1;
} else if (!existsSync(cli)) {
  console.error('error: nabla is not built yet; run "npm run build" in its folder first');
  process.exitCode = 1;
} else {
  // A reader that stops early ("nabla list | head -1") is no failure.
  process.stdout.on('error', (error) => {
    if (error.code === 'EPIPE') process.exit(0);
    console.error(`error: the output cannot be written: ${error.message}`);
    process.exit(1);
  });
  // Nobody reads what goes wrong; the exit code still tells.
  process.stderr.on('error', () => {});
  const { main } = await import(cli.href);
  process.exitCode = await main(process.argv.slice(2));
  // The process ends by itself when nothing is left to do; a driver's thread must not hold it open.
  setTimeout(() => process.exit(), 1000).unref();
}

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';

/** Every TypeScript example in the documentation is type checked and run; every relative link leads somewhere. */

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const run = promisify(execFile);

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .map((f) => join('docs', String(f)))
    .filter((f) => f.endsWith('.md') && !/node_modules|^docs\Wapi/.test(f)),
];

/** Examples of a document; one marked `ts no-run` is shown only. */
function examples(text: string): string[] {
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((m) => m[1]);
}

// Inside the project, so that packages resolve.
const folder = mkdtempSync(join(root, 'node_modules', '.docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nameOf = (document: string, i: number) => `${document.replaceAll(/\W/g, '-')}-${i + 1}`;

it('examples have the types that they should have', async () => {
  const types = mkdtempSync(join(folder, 'types-'));
  for (const document of documents) {
    examples(readFileSync(join(root, document), 'utf8')).forEach((code, i) => {
      writeFileSync(join(types, `${nameOf(document, i)}.ts`), `${code}\nexport {};\n`);
    });
  }
  const config = {
    extends: join(root, 'tsconfig.json'),
    // Some only show how a thing is made.
    compilerOptions: { noUnusedLocals: false },
    include: ['*.ts'],
    exclude: [],
  };
  writeFileSync(join(types, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const checked = run(process.execPath, [tsc, '-p', types], { cwd: root });
  expect(await checked.catch((error: { stdout: string }) => error)).toMatchObject({ stdout: '' });
}, 60_000);

describe.each(documents)('%s', (document) => {
  const text = readFileSync(join(root, document), 'utf8');

  examples(text).forEach((code, i) => {
    it(`example ${i + 1} runs`, async () => {
      const outfile = join(folder, `${nameOf(document, i)}.mjs`);
      await build({
        stdin: { contents: code, loader: 'ts', resolveDir: root },
        bundle: true,
        platform: 'node',
        format: 'esm',
        packages: 'external',
        alias: {
          'nabla/datasets': join(root, 'src/node-datasets.ts'),
          nabla: join(root, 'src/node.ts'),
        },
        outfile,
        logLevel: 'silent',
      });
      const { stderr } = await run(process.execPath, [outfile], { cwd: folder, timeout: 120_000 });
      expect(stderr).toBe('');
    }, 150_000);
  });

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)].map((m) => m[1]);
    const missing = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const path = relative(root, join(root, dirname(document), link));
      try {
        readFileSync(join(root, path));
        return false;
      } catch {
        return true;
      }
    });
    expect(missing).toEqual([]);
  });
});

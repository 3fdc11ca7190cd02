import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/**
 * What users see of the types is free of `any` but where a value may have any structure: the declarations
 * are built, and what is left in them is compared with the members listed here.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Floors whose declarations users meet; what lies below or beside them is internal. */
const floors = ['data', 'nn', 'tensor', 'training', 'charts'];

/** Registries and records of calls hold objects of every kind; nothing of them is exported. */
const internal =
  /^(nn\/(registry|options)|nn\/layers\/connection|tensor\/(tree|lift|trace|evaluate)|training\/(trainable|model-parts))\.d\.ts$/;

/** Forms that are no leak: shapes that are not told, bounds of type parameters, functions of any kind. */
const harmless = [
  /(Tensor|Variable|RNN|Dataset|ConfigurableClass)<any>/g,
  /(?:in out )?[A-Z]\w*(?: extends [\w[\], .]+)? = any\b/g,
  /extends (?:readonly )?(?:any\[\]|\[any, \.\.\.any\[\]\])/g,
  /\((?:\.\.\.args|options): any(?:\[\])?\) => (?:any|T)\b/g,
  /Record<string, any>/g,
  /: number extends R\[number\] \? any : -1 extends R\[number\] \? any/g,
  /= number extends R\[number\] \? any : -1 extends R\[number\] \? any/g,
  // `ops.any` is a function.
  /\bany: \(/g,
];

const trees = 'one tensor, several in order, or several by name';
const shapes = 'one shape, several in order, or several by name';

/** Members in which `any` stands, and what it stands for. */
const known: Readonly<Record<string, string>> = {
  // The end of a declaration over several lines.
  '}': 'text and numbers in any nesting',
  apply: 'text and numbers in any nesting',
  array: 'numbers nested as deep as the tensor has axes',
  batchless: shapes,
  build: shapes,
  buildFor: trees,
  buildLayer: shapes,
  buildShape: shapes,
  call: trees,
  computeLoss: trees,
  computeMask: 'a mask, or one for each input',
  computeOutputShape: shapes,
  finish: 'a tensor, or a pair with the scores',
  input: trees,
  inputs: trees,
  LambdaFunction: trees,
  LambdaMask: 'a mask, or one for each input',
  map: trees,
  mask: 'a mask, or one for each input',
  more: 'images, and what belongs to them',
  onPredictBatchEnd: trees,
  option: 'what a layer of your own takes',
  output: trees,
  outputs: trees,
  outputShape: shapes,
  placeholders: shapes,
  predict: trees,
  predictOnBatch: trees,
  predictStep: trees,
  repeat: trees,
  runPrediction: trees,
  runPredictStep: trees,
  scan: trees,
  shapeTree: shapes,
  updateMetrics: trees,
  x: trees,
};

/** The name that a line of a declaration file declares. */
function memberOf(line: string): string {
  const plain = line
    .trim()
    .replace(/^(export |declare |default )+/, '')
    .replace(/^((static|abstract|readonly|protected|get|set|override|function|const|type) )+/, '');
  return /^\[(\w+)/.exec(plain)?.[1] ?? /^\w+/.exec(plain)?.[0] ?? '}';
}

it('any stands in the declarations only where the structure is free', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nabla-declarations-'));
  try {
    const tsc = join(root, 'node_modules/.bin/tsc');
    const options = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', folder];
    // Errors of types are another test's affair; declarations are written all the same.
    try {
      execFileSync(tsc, options, { cwd: root, stdio: 'pipe' });
    } catch (error) {
      expect((error as { status?: number }).status, 'tsc could not be run').toBeGreaterThan(0);
    }
    const found = new Map<string, string[]>();
    let files = 0;
    for (const floor of floors) {
      const inside = join(folder, 'src', floor);
      for (const name of readdirSync(inside, { recursive: true }) as string[]) {
        if (!name.endsWith('.d.ts') || internal.test(`${floor}/${name}`)) continue;
        files++;
        for (const line of readFileSync(join(inside, name), 'utf8').split('\n')) {
          if (/^\s*(\/?\*|\/\/)/.test(line)) continue;
          const rest = harmless.reduce((text, form) => text.replace(form, ''), line);
          if (!/\bany\b/.test(rest)) continue;
          const member = memberOf(line);
          found.set(member, [...(found.get(member) ?? []), `${floor}/${name}: ${line.trim()}`]);
        }
      }
    }
    expect(files).toBeGreaterThan(200);
    expect(
      [...found].filter(([member]) => !(member in known)).flatMap(([, lines]) => lines),
    ).toEqual([]);
    expect(Object.keys(known).filter((member) => !found.has(member))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

/**
 * The shape of the source tree as a check: floors import downwards only, and no file imports itself in a
 * circle. Type imports count: they tie files together for a reader all the same.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'src');

/** Height of each folder. A file may import from lower folders, from its own, and from those listed. */
const floors = {
  graph: 0,
  charts: 1,
  ops: 1,
  autodiff: 2,
  compiler: 3,
  engines: 4,
  tensor: 5,
  nn: 6,
  data: 6,
  training: 7,
  formats: 8,
  distributed: 9,
  node: 10,
};

/** Imports between folders of one height that are meant to be. */
const beside = [];

/** Files of these folders do not see one another. */
const separate = ['engines/js', 'engines/onnx'];
/** ... except where one is named here: the part of a graph that ONNX Runtime must leave to the host. */
const separateExceptions = [['engines/onnx', 'engines/js']];

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return /\.ts$/.test(entry.name) && !/\.(test|d)\.ts$/.test(entry.name) ? [path] : [];
  });
}

/** Relative imports of a file: static, re-exports and dynamic ones with a literal. */
function importsOf(path) {
  const text = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const found = [];
  for (const match of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    const dynamic = /import\s*\($/.test(match[0].slice(0, match[0].indexOf("'")));
    found.push({ target: resolve(dirname(path), match[1]), dynamic });
  }
  return found;
}

const files = filesIn(source);
const graph = new Map(files.map((f) => [f, importsOf(f)]));
const problems = [];
const name = (path) => relative(source, path).replaceAll('\\', '/');
const floorOf = (path) => {
  const [folder, rest] = name(path).split('/', 2);
  return rest === undefined ? undefined : folder;
};

for (const [file, imports] of graph) {
  const from = floorOf(file);
  for (const { target } of imports) {
    const to = floorOf(target);
    if (from === undefined) continue;
    if (to === undefined) {
      if (graph.has(target)) problems.push(`${name(file)} imports the entry point ${name(target)}`);
      continue;
    }
    if (!(from in floors) || !(to in floors)) {
      problems.push(
        `${name(file)}: the folder ${from in floors ? to : from} has no floor; add it to scripts/check-imports.js`,
      );
    } else if (
      from !== to &&
      floors[to] >= floors[from] &&
      !beside.some(([a, b]) => a === from && b === to)
    ) {
      problems.push(
        `${name(file)} (floor ${from}) imports ${name(target)} (floor ${to}), which is not below it`,
      );
    }
    for (const folder of separate) {
      const other = separate.find((s) => s !== folder && name(target).startsWith(`${s}/`));
      if (!other || !name(file).startsWith(`${folder}/`)) continue;
      if (!separateExceptions.some(([a, b]) => a === folder && b === other)) {
        problems.push(`${name(file)} imports ${name(target)}: engines do not know one another`);
      }
    }
  }
}

/** Circles of static imports, found by depth-first search. */
const state = new Map();
const trail = [];
function visit(file) {
  state.set(file, 'open');
  trail.push(file);
  for (const { target, dynamic } of graph.get(file) ?? []) {
    if (dynamic || !graph.has(target)) continue;
    if (state.get(target) === 'open') {
      const circle = [...trail.slice(trail.indexOf(target)), target].map(name);
      problems.push(`circle: ${circle.join(' -> ')}`);
    } else if (!state.has(target)) visit(target);
  }
  trail.pop();
  state.set(file, 'done');
}
for (const file of files) if (!state.has(file)) visit(file);

for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${problems.length} problems with imports`);
process.exitCode = problems.length > 0 ? 1 : 0;

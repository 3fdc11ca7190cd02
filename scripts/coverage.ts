/** Writes docs/coverage.md: every public name of Keras, and where TensorFlow.js and Nabla have it. */
import { normalizeName, toCamelCase } from '../src/nn/names.ts';
import { registries } from '../src/nn/registry.ts';
import * as nabla from '../src/node.ts';
import * as datasets from '../src/node-datasets.ts';
import {
  type ApiGroup,
  apiReasons,
  groupReasons,
  kerasApi,
  renamed,
  tensorFlowJsApi,
} from './coverage-api.ts';
import { keras, onlyTensorFlowJs, reasons, tensorFlowJs } from './coverage-names.ts';

type Group = keyof typeof keras;

/** An object for each class whose members are compared. */
function examples(): Readonly<Record<string, object>> {
  const layer = nabla.layers.dense({ units: 1, inputShape: [1], activityRegularizer: 'l1' });
  const model = nabla.sequential([layer]);
  model.compile({ loss: 'mse' });
  return {
    Layer: layer,
    Model: model,
    Tensor: nabla.scalar(1),
    Callback: Object.assign(nabla.callbacks.history(), { model, run: {} }),
  };
}

/** What a path such as `ops.normalize` or `Model#save` leads to. */
function lookUp(path: string, objects: Readonly<Record<string, object>>): unknown {
  const [name, member] = path.split('#');
  if (member !== undefined) return member in objects[name] ? member : undefined;
  return name
    .split('.')
    .reduce((value: any, key) => value?.[key], { ...nabla, datasets } as Record<string, unknown>);
}

/** Where plain functions of a family are. */
const functionTables: Partial<Record<Group, readonly string[]>> = {
  losses: ['lossFunctions'],
  metrics: ['metricFunctions', 'lossFunctions'],
};

/** The factory of a name in a family, whatever letters are capital; its function, base class or helper. */
function factoryOf(group: Group, name: string): string | undefined {
  if (name === 'Input') return 'input';
  if (name === 'InputLayer') return 'layers.input';
  const isFunction = /^[a-z]/.test(name);
  for (const table of isFunction ? (functionTables[group] ?? []) : []) {
    const path = `${table}.${toCamelCase(name)}`;
    if (lookUp(path, {}) !== undefined) return path;
  }
  const makers = lookUp(group, {}) as object;
  // Keras's optimizers and callbacks have suffixes and prefixes that factories do without.
  const wanted = normalizeName(name.replace(/^LambdaCallback$/, 'Lambda'));
  const keys = Object.keys(makers);
  const own = keys.find((k) => normalizeName(k) === wanted);
  if (own) return `${group}.${own}`;
  const registry = registries[group as keyof typeof registries];
  if (!registry?.has(name)) return lookUp(name, {}) === undefined ? undefined : name;
  const type = registry.find(name);
  const alias = keys.find((k) => registry.has(k) && registry.find(k) === type);
  return alias && `${group}.${alias}`;
}

/** Where a member or function of Keras is in Nabla. */
function homeOf(
  group: ApiGroup,
  name: string,
  objects: Readonly<Record<string, object>>,
): string | undefined {
  const key = `${group}.${name}`;
  const other = renamed[key];
  if (other !== undefined) {
    if (lookUp(other, objects) === undefined) throw new Error(`${key}: there is no ${other}`);
    return other;
  }
  const camel = toCamelCase(name);
  const candidates = ['Model', 'Layer', 'Callback'].includes(group)
    ? [`${group}#${camel}`]
    : group === 'random'
      ? [`random.${camel}`]
      : group === 'ops: image'
        ? [`image.${camel}`, `ops.${camel}`]
        : group.startsWith('ops')
          ? [`ops.${camel}`]
          : group === 'datasets'
            ? [name.replace(/^(\w+)\.load_data$/, (_, set) => `datasets.${toCamelCase(set)}`)]
            : [camel];
  return candidates.find((path) => lookUp(path, objects) !== undefined);
}

interface Row {
  readonly name: string;
  readonly tensorFlowJs: boolean;
  readonly home: string | undefined;
  readonly reason: string | undefined;
}

function section(title: string, rows: readonly Row[]): string[] {
  return [
    '',
    `## ${title}`,
    '',
    '| Keras | TensorFlow.js | Nabla |',
    '|---|---|---|',
    ...rows.map(({ name, tensorFlowJs: tf, home, reason }) => {
      const own = home !== undefined ? `\`${home}\`` : (reason ?? 'not yet');
      return `| ${name} | ${tf ? 'yes' : ''} | ${own} |`;
    }),
  ];
}

/** Every name of Keras with its place or the reason why it has none. */
export function coverage(): ReadonlyMap<string, readonly Row[]> {
  const objects = examples();
  const groups = new Map<string, Row[]>();
  for (const group of Object.keys(keras) as Group[]) {
    const rows = keras[group].map((name) => ({
      name,
      tensorFlowJs: tensorFlowJs[group].includes(name),
      home: factoryOf(group, name),
      reason: reasons[`${group}.${name}`] ?? reasons[name],
    }));
    groups.set(group, rows);
  }
  for (const group of Object.keys(kerasApi) as ApiGroup[]) {
    const rows = kerasApi[group].map((name) => {
      const home = homeOf(group, name, objects);
      const general = home === undefined ? groupReasons[group] : undefined;
      return {
        name,
        tensorFlowJs: tensorFlowJsApi[group]?.includes(name) ?? false,
        home,
        reason: apiReasons[`${group}.${name}`] ?? general,
      };
    });
    groups.set(group, rows);
  }
  return groups;
}

/** The whole document. */
export function coverageDocument(): string {
  const groups = [...coverage()];
  const count = (rows: readonly Row[], has: (row: Row) => boolean) => rows.filter(has).length;
  return `${[
    '# What is there',
    '',
    'Every name that Keras 3.15.1 exports, aliases included, and the members of its Model, Layer and Callback, in groups, whether TensorFlow.js 4.22 has it, and where it is in Nabla, or why it is not. The table is made by looking each name up in the package, in a test: `UPDATE_COVERAGE=1 npx vitest run test/coverage.test.ts`. `A#b` is the member b of an A.',
    '',
    '| group | Keras | TensorFlow.js | Nabla |',
    '|---|---|---|---|',
    ...groups.map(
      ([title, rows]) =>
        `| ${title} | ${rows.length} | ${count(rows, (r) => r.tensorFlowJs)} | ${count(rows, (r) => r.home !== undefined)} |`,
    ),
    ...groups.flatMap(([title, rows]) => section(title, rows)),
    '',
    '## Only in TensorFlow.js',
    '',
    '| TensorFlow.js | Nabla |',
    '|---|---|',
    ...Object.entries(onlyTensorFlowJs).map(([name, own]) => `| ${name} | ${own} |`),
  ].join('\n')}\n`;
}

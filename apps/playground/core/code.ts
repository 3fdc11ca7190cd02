import { builtinFeatures } from './features.ts';
import { foldFormula } from './formula.ts';
import { outputActivation, outputUnits } from './network-shape.ts';
import { isMulticlass, type PlaygroundState } from './state.ts';

/** The network on the page as a program: in Nabla's TypeScript, and in Keras's Python. */

const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
const pascal = (name: string): string => name[0].toUpperCase() + name.slice(1);

/** Keras's class names where they are not the camelCase name with a capital. */
const kerasClasses: Readonly<Record<string, string>> = {
  sgd: 'SGD',
  rmsprop: 'RMSprop',
  rmsProp: 'RMSprop',
  adamw: 'AdamW',
  adamW: 'AdamW',
};
const kerasClass = (name: string): string => kerasClasses[name] ?? pascal(name);

function literal(value: number | boolean, python: boolean): string {
  if (typeof value === 'boolean' && python) return value ? 'True' : 'False';
  return String(value);
}

interface Dialect {
  readonly python: boolean;
  readonly key: (name: string) => string;
  readonly call: (family: string, name: string, args: readonly [string, string][]) => string;
}

const typescript: Dialect = {
  python: false,
  key: (name) => name,
  call: (family, name, args) => {
    const inner = args.map(([k, v]) => `${k}: ${v}`).join(', ');
    return `${family}.${name}(${args.length > 0 ? `{ ${inner} }` : ''})`;
  },
};

const python: Dialect = {
  python: true,
  key: snake,
  call: (family, name, args) =>
    `${family}.${kerasClass(name)}(${args.map(([k, v]) => `${snake(k)}=${v}`).join(', ')})`,
};

const quoted = (text: string): string => `'${text}'`;

function activationText(name: string, d: Dialect): string {
  return quoted(d.python ? snake(name) : name);
}

function regularizer(s: PlaygroundState, d: Dialect): string | undefined {
  const rate = s.regularizationRate;
  if (rate === 0 || s.regularization === 'none') return undefined;
  const l1: [string, string] = ['l1', String(rate)];
  const l2: [string, string] = ['l2', String(rate / 2)];
  const kind = s.regularization;
  const args = kind === 'L1' ? [l1] : kind === 'L2' ? [l2] : [l1, l2];
  const name = { L1: 'l1', L2: 'l2', L1L2: d.python ? 'l1L2' : 'l1l2' }[kind];
  return d.python
    ? `regularizers.${name === 'l1L2' ? 'L1L2' : kind}(${args.map((a) => a.join('=')).join(', ')})`
    : d.call('regularizers', name, args);
}

function denseArguments(s: PlaygroundState, units: number, activation: string, d: Dialect) {
  const args: [string, string][] = [['units', String(units)]];
  if (activation !== 'linear') args.push(['activation', activationText(activation, d)]);
  if (s.initializer === 'classic') {
    args.push([
      'kernelInitializer',
      d.call('initializers', 'randomUniform', [
        ['minval', '-0.5'],
        ['maxval', '0.5'],
      ]),
    ]);
    args.push(['biasInitializer', d.call('initializers', 'constant', [['value', '0.1']])]);
  } else if (s.initializer !== 'glorotUniform') {
    args.push(['kernelInitializer', quoted(d.python ? snake(s.initializer) : s.initializer)]);
  }
  const penalty = regularizer(s, d);
  if (penalty) args.push(['kernelRegularizer', penalty]);
  return args;
}

function layerLines(s: PlaygroundState, d: Dialect): string[] {
  const lines = s.layers.flatMap((layer) => {
    const activation = layer.activation ?? s.activation;
    const own = layer.batchNorm ? 'linear' : activation;
    const out = [d.call('layers', 'dense', denseArguments(s, layer.units, own, d))];
    if (layer.batchNorm) {
      out.push(d.call('layers', 'batchNormalization', [['momentum', '0.9']]));
      out.push(d.call('layers', 'activation', [['activation', activationText(activation, d)]]));
    }
    if (layer.dropout > 0) out.push(d.call('layers', 'dropout', [['rate', String(layer.dropout)]]));
    return out;
  });
  const output = denseArguments(s, outputUnits(s), outputActivation(s), d);
  return [...lines, d.call('layers', 'dense', output)];
}

function scheduleText(s: PlaygroundState, d: Dialect): string {
  const rate = String(s.learningRate);
  const steps = String(s.decaySteps);
  const decay = String(s.decayRate);
  const initial: [string, string] = ['initialLearningRate', rate];
  const known: Readonly<Record<string, [string, string][]>> = {
    cosineDecay: [initial, ['decaySteps', steps], ['alpha', '0.01']],
    cosineDecayRestarts: [initial, ['firstDecaySteps', steps], ['alpha', '0.01']],
    exponentialDecay: [initial, ['decaySteps', steps], ['decayRate', decay]],
    inverseTimeDecay: [initial, ['decaySteps', steps], ['decayRate', decay]],
    polynomialDecay: [
      initial,
      ['decaySteps', steps],
      ['endLearningRate', String(s.learningRate / 100)],
    ],
    piecewiseConstantDecay: [
      ['boundaries', `[${s.decaySteps}, ${2 * s.decaySteps}]`],
      [
        'values',
        `[${[1, s.decayRate, s.decayRate ** 2].map((f) => s.learningRate * f).join(', ')}]`,
      ],
    ],
  };
  const args = Object.hasOwn(known, s.schedule) ? known[s.schedule] : [initial];
  return d.call(d.python ? 'optimizers.schedules' : 'schedules', s.schedule, args);
}

function optimizerText(s: PlaygroundState, d: Dialect): string {
  const rate = s.schedule ? scheduleText(s, d) : String(s.learningRate);
  const options = Object.entries(s.optimizerOptions)
    .filter(([key, v]) => !((key === 'clipnorm' || key === 'weightDecay') && v === 0))
    .map(([key, v]): [string, string] => [
      d.python ? key.replace(/(\d)/, '_$1') : key,
      literal(v, d.python),
    ]);
  return d.call('optimizers', s.optimizer, [['learningRate', rate], ...options]);
}

function featureText(s: PlaygroundState, python: boolean): string[] {
  const texts: Readonly<Record<string, string>> = python
    ? {
        x: 'x',
        y: 'y',
        xSquared: 'x**2',
        ySquared: 'y**2',
        xTimesY: 'x * y',
        sinX: 'np.sin(x)',
        sinY: 'np.sin(y)',
      }
    : {
        x: 'x',
        y: 'y',
        xSquared: 'x * x',
        ySquared: 'y * y',
        xTimesY: 'x * y',
        sinX: 'Math.sin(x)',
        sinY: 'Math.sin(y)',
      };
  const chosen = builtinFeatures.filter((f) => s.features.includes(f.id)).map((f) => texts[f.id]);
  return [...chosen, ...s.formulas.map((f) => formulaText(f, python))];
}

/** A formula in the program's language, every part in brackets that needs them. */
function formulaText(text: string, python: boolean): string {
  const prefix = python ? 'np.' : 'Math.';
  const own: Readonly<Record<string, string>> = python
    ? { relu: 'relu', step: 'step', min: 'np.minimum', max: 'np.maximum', atan2: 'np.arctan2' }
    : { relu: 'relu', step: 'step' };
  const full = foldFormula<string>(text, {
    number: String,
    variable: (name) => name,
    constant: (name) => (python ? `np.${name}` : `Math.${name.toUpperCase()}`),
    negate: (a) => `(-${a})`,
    binary: (operator, a, b) => `(${a} ${operator === '^' ? '**' : operator} ${b})`,
    call: (name, args) =>
      `${own[name] ?? prefix + name}(${args.join(', ').replace(/^\((.*)\)$/, (whole, inner) => (closed(inner) ? inner : whole))})`,
  });
  const bare = /^\((.*)\)$/.exec(full);
  return bare && closed(bare[1]) ? bare[1] : full;
}

/** Whether every bracket in the text closes one that the text opened. */
function closed(text: string): boolean {
  let depth = 0;
  for (const c of text) {
    if (c === '(') depth++;
    if (c === ')' && --depth < 0) return false;
  }
  return depth === 0;
}

function helpers(s: PlaygroundState, python: boolean): string[] {
  const used = (name: string) =>
    s.formulas.some((f) => new RegExp(`\\b${name}\\s*\\(`, 'i').test(f));
  const lines: string[] = [];
  if (used('relu')) {
    lines.push(
      python ? 'relu = lambda v: np.maximum(0, v)' : 'const relu = (v: number) => Math.max(0, v);',
    );
  }
  if (used('step')) {
    lines.push(
      python
        ? 'step = lambda v: np.where(v >= 0, 1.0, 0.0)'
        : 'const step = (v: number) => (v >= 0 ? 1 : 0);',
    );
  }
  return lines;
}

function lossText(s: PlaygroundState, d: Dialect): string {
  if (isMulticlass(s)) return d.python ? "'categorical_crossentropy'" : "'categoricalCrossentropy'";
  if (s.problem === 'classification' && s.loss === 'crossentropy') {
    return d.python ? "'binary_crossentropy'" : "'binaryCrossentropy'";
  }
  return 'half_squared_error';
}

const needsHalf = (s: PlaygroundState): boolean => lossText(s, python) === 'half_squared_error';

const targetNote = (s: PlaygroundState): string => {
  if (s.problem === 'regression') return 'the value';
  if (isMulticlass(s)) return `one-hot, ${s.classes} classes`;
  return s.loss === 'crossentropy' ? '0 or 1' : '-1 or 1';
};

export function typescriptCode(s: PlaygroundState): string {
  const features = featureText(s, false);
  const lines = layerLines(s, typescript);
  lines[0] = lines[0].replace(/ \}\)$/, `, inputShape: [${features.length}] })`);
  const names = new Set(['layers', 'optimizers', 'sequential']);
  const body = [...lines, optimizerText(s, typescript)].join('\n');
  for (const name of ['initializers', 'regularizers', 'schedules']) {
    if (body.includes(`${name}.`)) names.add(name);
  }
  const half = needsHalf(s);
  if (half) names.add('type Tensor');
  return [
    `import { ${[...names].sort((a, b) => a.replace('type ', '').localeCompare(b.replace('type ', ''))).join(', ')} } from 'nabla';`,
    '',
    ...helpers(s, false),
    `// Inputs of a point (x, y); the target is ${targetNote(s)}.`,
    `export const features = (x: number, y: number) => [${features.join(', ')}];`,
    '',
    ...(half
      ? [
          'const halfSquaredError = (target: Tensor, output: Tensor) =>',
          '  output.sub(target).square().mean(-1).mul(0.5);',
          '',
        ]
      : []),
    'export const model = sequential([',
    ...lines.map((line) => `  ${line},`),
    ']);',
    'model.compile({',
    `  optimizer: ${optimizerText(s, typescript)},`,
    `  loss: ${half ? 'halfSquaredError' : lossText(s, typescript)},`,
    '});',
    '',
    '// xs: rows of features; ys: targets, one row each.',
    `// await model.fit(xs, ys, { batchSize: ${s.batchSize}, epochs: 100, shuffle: ${s.shuffle} });`,
    '',
  ].join('\n');
}

export function kerasCode(s: PlaygroundState): string {
  const features = featureText(s, true);
  const half = needsHalf(s);
  return [
    'import keras',
    'import numpy as np',
    'from keras import initializers, layers, optimizers, regularizers',
    '',
    ...helpers(s, true),
    `# Inputs of points (x, y); the target is ${targetNote(s)}.`,
    'def features(x, y):',
    `    return np.stack(np.broadcast_arrays(${features.join(', ')}), axis=-1)`,
    '',
    ...(half
      ? [
          'def half_squared_error(target, output):',
          '    return 0.5 * keras.ops.mean(keras.ops.square(output - target), axis=-1)',
          '',
        ]
      : []),
    'model = keras.Sequential([',
    `    keras.Input(shape=(${features.length},)),`,
    ...layerLines(s, python).map((line) => `    ${line},`),
    '])',
    'model.compile(',
    `    optimizer=${optimizerText(s, python)},`,
    `    loss=${lossText(s, python)},`,
    ')',
    '',
    `# model.fit(xs, ys, batch_size=${s.batchSize}, epochs=100, shuffle=${s.shuffle ? 'True' : 'False'})`,
    '',
  ].join('\n');
}

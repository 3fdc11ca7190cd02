/** Writes docs/coverage.md: every public name of Keras, and whether TensorFlow.js and Nabla have it. */
import { activationFunctions } from '../src/nn/activations/index.ts';
import { normalizeName } from '../src/nn/names.ts';
import { registries } from '../src/nn/registry.ts';
import { callbacks } from '../src/node.ts';
import { keras, reasons, tensorFlowJs } from './coverage-names.ts';

type Group = keyof typeof keras;

const activationNames = new Set(Object.keys(activationFunctions).map(normalizeName));
const callbackNames = new Set(Object.keys(callbacks).map(normalizeName));

function hasNabla(group: Group, name: string): boolean {
  if (name === 'Input') return true;
  if (group === 'activations') return activationNames.has(normalizeName(name));
  if (group === 'callbacks') {
    const wanted = normalizeName(name.replace(/Callback$/, ''));
    return [...callbackNames].some((n) => n === wanted);
  }
  return registries[group].has(name);
}

/** The whole document. */
export function coverageDocument(): string {
  const lines = [
    '# What is there',
    '',
    'Every public name of Keras 3.16 in its group, whether TensorFlow.js Layers 4.22 has it, and whether Nabla does. The table is made from the registries by a test, `UPDATE_COVERAGE=1 npx vitest run test/coverage.test.ts`.',
    '',
    '| group | Keras | TensorFlow.js | Nabla |',
    '|---|---|---|---|',
  ];
  const groups = Object.keys(keras) as Group[];
  for (const group of groups) {
    const names = keras[group];
    const there = names.filter((n) => hasNabla(group, n)).length;
    lines.push(
      `| ${group} | ${names.length} | ${tensorFlowJs[group].filter((n) => (names as readonly string[]).includes(n)).length} | ${there} |`,
    );
  }
  for (const group of groups) {
    lines.push('', `## ${group}`, '', '| Keras | TensorFlow.js | Nabla |', '|---|---|---|');
    for (const name of keras[group]) {
      const tf = tensorFlowJs[group].includes(name) ? 'yes' : '';
      const own = hasNabla(group, name) ? 'yes' : (reasons[name] ?? 'not yet');
      lines.push(`| ${name} | ${tf} | ${own} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

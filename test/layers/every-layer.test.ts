import { readdirSync, readFileSync } from 'node:fs';
import { layers } from 'nabla';
import { describe, expect, it } from 'vitest';

/**
 * Every layer goes through the harness with every check, except for those listed here. What the tests say
 * is read from their source, because each file runs on its own.
 */

/** Layers that the harness cannot run, and where they are tested instead. */
const elsewhere: Readonly<Record<string, string>> = {
  input: 'has nothing to compute: starts every model of the harness',
  hashing: 'takes text, on the host: preprocessing.test.ts',
  hashedCrossing: 'takes text, on the host: preprocessing.test.ts',
  stringLookup: 'takes text, on the host: preprocessing.test.ts',
  textVectorization: 'takes text, on the host: preprocessing.test.ts',
  simpleRnnCell: 'is run by SimpleRNN; its variants: recurrent.test.ts',
  lstmCell: 'is run by LSTM; its variants: recurrent.test.ts',
  gruCell: 'is run by GRU; its variants: recurrent.test.ts',
  convLstmCell: 'is run by ConvLSTM; its variants: recurrent.test.ts',
  stackedRnnCells: 'is run by RNN over stacked cells',
};

/** Layers of which no run of the harness has the check, and why. */
const without: Readonly<
  Record<'noGradients' | 'noSymbolicBatch', Readonly<Record<string, string>>>
> = {
  noGradients: {
    categoryEncoding: 'the input is integers',
    discretization: 'the output is integers',
    contrastLimitedAdaptiveHistogramEqualization: 'values are counted',
    equalization: 'values are counted',
    integerLookup: 'the input is integers',
    randAugment: 'some changes round values',
    augMix: 'some changes round values',
    randomPosterization: 'values are rounded',
  },
  noSymbolicBatch: {},
};

interface Run {
  readonly factory: string;
  readonly source: string;
}

/** The text from a bracket to the one that closes it. */
function bracketed(text: string, from: number): string {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if ('([{'.includes(text[i])) depth++;
    else if (')]}'.includes(text[i]) && --depth === 0) return text.slice(from, i + 1);
  }
  throw new Error('a bracket stays open');
}

const folder = new URL('.', import.meta.url);
const runs: Run[] = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts') && name !== 'every-layer.test.ts')
  .flatMap((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    return [...text.matchAll(/\btestLayer\(/g)].map(({ index }) => {
      const source = bracketed(text, index + 'testLayer'.length);
      const factory = /\blayers\.(\w+)\(/.exec(source)?.[1];
      if (!factory) throw new Error(`${name}: no layer in ${source.slice(0, 60)}`);
      return { factory, source };
    });
  });

const factories = Object.keys(layers).filter((k) => k !== 'serialize' && k !== 'deserialize');
const runsOf = (factory: string) => runs.filter((r) => r.factory === factory);

describe('every layer', () => {
  it('goes through the harness, or is tested elsewhere for a reason', () => {
    const missing = factories.filter((f) => runsOf(f).length === 0);
    expect(missing.sort()).toEqual(Object.keys(elsewhere).sort());
  });

  it.each(['noGradients', 'noSymbolicBatch'] as const)('has the check %s, or a reason', (flag) => {
    const reasonOf = ({ source }: Run) => new RegExp(`${flag}: '([^']*)'`).exec(source)?.[1];
    const found = factories.flatMap((factory): [string, string | undefined][] => {
      const all = runsOf(factory);
      const skips = all.map(reasonOf);
      return all.length > 0 && skips.every((r) => r !== undefined) ? [[factory, skips[0]]] : [];
    });
    expect(Object.fromEntries(found)).toEqual(without[flag]);
  });
});

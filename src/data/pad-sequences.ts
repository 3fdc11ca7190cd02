import { allocate, type DType } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';

/** How {@link padSequences} makes sequences equally long. */
export interface PadSequencesOptions {
  /** The length of all sequences; that of the longest by default. */
  readonly maxLength?: number | null;
  /** int32 by default. */
  readonly dtype?: DType;
  /** Where values are added: in front by default. */
  readonly padding?: 'pre' | 'post';
  /** Where sequences that are too long are cut: in front by default. */
  readonly truncating?: 'pre' | 'post';
  /** What is added; 0 by default. */
  readonly value?: number;
}

/** Sequences of numbers of different lengths as one array [sequences, length], as Keras's pad_sequences. */
export function padSequences(
  sequences: readonly ArrayLike<number>[],
  options: PadSequencesOptions = {},
): NDArray {
  const { maxLength, dtype = 'int32', padding = 'pre', truncating = 'pre', value = 0 } = options;
  for (const [name, side] of Object.entries({ padding, truncating })) {
    if (side !== 'pre' && side !== 'post') {
      fail('padSequences', `${name} is '${side}'; expected 'pre' or 'post'`);
    }
  }
  if (!Array.isArray(sequences) || sequences.some((s) => typeof s?.length !== 'number')) {
    fail('padSequences', 'expected an array of arrays of numbers');
  }
  const length = maxLength ?? sequences.reduce((most, s) => Math.max(most, s.length), 0);
  if (!(Number.isInteger(length) && length >= 0)) {
    fail('padSequences', `maxLength is ${length}; expected a whole number of 0 or more`);
  }
  const data = allocate(dtype, sequences.length * length).fill(value);
  sequences.forEach((sequence, i) => {
    const kept = Math.min(sequence.length, length);
    const from = truncating === 'pre' ? sequence.length - kept : 0;
    const to = i * length + (padding === 'pre' ? length - kept : 0);
    for (let k = 0; k < kept; k++) data[to + k] = sequence[from + k];
  });
  return { data, shape: [sequences.length, length], dtype };
}

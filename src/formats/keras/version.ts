/**
 * The version of Keras that wrote a file, which decides what some names in it mean. TF.js writes
 * `tfjs-layers 4.22.0` and means what Keras 2 meant.
 */
export interface KerasVersion {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

export function parseVersion(text: unknown): KerasVersion {
  if (typeof text !== 'string') return { text: 'unknown', major: 3, minor: 0 };
  if (/^(tfjs|tensorflow\.?js)/i.test(text)) return { text, major: 2, minor: 4 };
  const match = /(\d+)\.(\d+)/.exec(text);
  return match
    ? { text, major: Number(match[1]), minor: Number(match[2]) }
    : { text, major: 3, minor: 0 };
}

/** Whether names have the meaning of Keras 2. */
export const isKeras2 = ({ major }: KerasVersion): boolean => major < 3;

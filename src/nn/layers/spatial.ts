import { fail } from '../../graph/errors.ts';
import type { DataFormat } from '../../ops/functions/windows.ts';
import { classNameOf } from '../registry.ts';
import type { TensorShape } from './layer.ts';

/** What layers over images, sequences and volumes share: layouts, and options with one number an axis. */

/** Where the channels are; both spellings, Keras's and TypeScript's, are understood. */
export type DataFormatName = DataFormat | 'channels_last' | 'channels_first';

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

/** Names of the axes of space, for messages. */
const axisNames: Readonly<Record<number, readonly string[]>> = {
  1: ['steps'],
  2: ['height', 'width'],
  3: ['depth', 'height', 'width'],
};

/** The name under which a layer is made: `MaxPooling2D` is `maxPooling2d`. */
export function factoryName(layer: object): string {
  const name = classNameOf(layer).replace(/(\d)D/, '$1d');
  return name[0].toLowerCase() + name.slice(1);
}

export function dataFormatOf(layer: object, name: DataFormatName | null | undefined): DataFormat {
  switch (name) {
    case undefined:
    case null:
    case 'channelsLast':
    case 'channels_last':
      return 'channelsLast';
    case 'channelsFirst':
    case 'channels_first':
      return 'channelsFirst';
    default:
      return fail(
        factoryName(layer),
        `dataFormat is '${name}'; expected 'channelsLast' or 'channelsFirst'`,
      );
  }
}

/** Keras's spelling, for configurations. */
export function dataFormatConfig(dataFormat: DataFormat): string {
  return dataFormat === 'channelsFirst' ? 'channels_first' : 'channels_last';
}

/** A padding in any case of letters, as old files have it, if the layer has it. */
export function paddingNameOf<P extends string>(
  layer: object,
  padding: P | undefined,
  known: readonly P[],
): P {
  const name = (padding?.toLowerCase() ?? 'valid') as P;
  if (!known.includes(name)) {
    fail(
      factoryName(layer),
      `padding is '${padding}'; expected ${known.map((p) => `'${p}'`).join(' or ')}`,
    );
  }
  return name;
}

/** Checks that an input has `rank` spatial axes between batch and channels. */
export function expectSpatial(
  layer: object,
  shape: readonly (number | null)[],
  rank: number,
  dataFormat: DataFormat,
): void {
  if (shape.length === rank + 2) return;
  const space = axisNames[rank] ?? [];
  const expected = dataFormat === 'channelsLast' ? [...space, 'channels'] : ['channels', ...space];
  fail(
    factoryName(layer),
    `received the input shape [${shape.map(String).join(', ')}]; expected [batch, ${expected.join(', ')}]`,
  );
}

/** The number of channels of an input, which has to be known. */
export function channelsOf(
  layer: object,
  shape: TensorShape,
  rank: number,
  dataFormat: DataFormat,
): number {
  expectSpatial(layer, shape, rank, dataFormat);
  const channels = dataFormat === 'channelsLast' ? shape[rank + 1] : shape[1];
  if (typeof channels !== 'number') {
    fail(
      factoryName(layer),
      `the channels of the input [${shape.map(String).join(', ')}] must be known`,
    );
  }
  return channels;
}

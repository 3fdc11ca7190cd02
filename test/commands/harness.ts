/** What the tests of the commands on model files share: a folder, small models of known outputs, data files. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { input, layers, model, optimizers, sequential, setDevice, tensor } from 'nabla';
import { expect } from 'vitest';
import { main } from '../../src/node/cli.ts';

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export class Workplace {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Workplace> {
    setDevice('js');
    return new Workplace(await mkdtemp(join(tmpdir(), 'nabla-commands-')));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Runs the command line; words that name files of the folder are written with a leading `@`. */
  async nabla(
    line: string,
    { columns, environment = {} }: { columns?: number; environment?: Record<string, string> } = {},
  ): Promise<Run> {
    const text = { stdout: '', stderr: '' };
    const stream = (name: 'stdout' | 'stderr') => ({
      columns,
      isTTY: columns !== undefined,
      write: (part: string) => {
        text[name] += part;
      },
    });
    const args = line.split(' ').map((word) => word.replace(/^@/, `${this.folder}/`));
    const exitCode = await main(args, {
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      environment: { NO_COLOR: '1', ...environment },
    });
    // Paths differ from run to run.
    const plain = (t: string) => t.replaceAll(`${this.folder}/`, '@');
    return { stdout: plain(text.stdout), stderr: plain(text.stderr), exitCode };
  }

  /** What a command prints that goes well. */
  async ok(line: string, options = {}): Promise<string> {
    const { stdout, stderr, exitCode } = await this.nabla(line, options);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    return stdout;
  }

  /** The one line of a mistake. */
  async refused(line: string, code = 2): Promise<string> {
    const { stdout, stderr, exitCode } = await this.nabla(line);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: code });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    return stderr.slice('error: '.length, -1);
  }
}

/** A classifier of three classes: the likeliest is the largest of the first three of four numbers. */
export async function makeClassifier() {
  const net = sequential([
    layers.dense({ units: 3, activation: 'softmax', inputShape: [4], name: 'kind' }),
  ]);
  net.compile({
    optimizer: optimizers.adam({ learningRate: 0.1 }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  await net.fit(tensor([[1, 2, 3, 4]]), tensor([[1, 0, 0]]), { verbose: 0 });
  await net.layers[0].setWeights([
    tensor([
      [2, 0, 0],
      [0, 2, 0],
      [0, 0, 2],
      [0, 0, 0],
    ]),
    tensor([0, 0, 0]),
  ]);
  return net;
}

/** The sum of two numbers. */
export async function makeSum() {
  const net = sequential([layers.dense({ units: 1, inputShape: [2], name: 'sum' })]);
  net.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] });
  await net.layers[0].setWeights([tensor([[1], [1]]), tensor([0])]);
  return net;
}

/** Twelve copies of a number. */
export async function makeCopies() {
  const net = sequential([layers.dense({ units: 12, inputShape: [1], name: 'copy' })]);
  await net.layers[0].setWeights([tensor([Array(12).fill(1)]), tensor(Array(12).fill(0))]);
  return net;
}

/** A chance: the sigmoid of one number. */
export async function makeChance() {
  const net = sequential([
    layers.dense({ units: 1, activation: 'sigmoid', inputShape: [1], name: 'chance' }),
  ]);
  net.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  await net.layers[0].setWeights([tensor([[1]]), tensor([0])]);
  return net;
}

/** The mean of the pixels of an image of 8 by 8, as it arrives or brought from 0..255 to 0..1. */
export function makeMean(channels: number, rescales = false) {
  return sequential([
    ...(rescales ? [layers.rescaling({ scale: 1 / 255, inputShape: [8, 8, channels] })] : []),
    layers.globalAveragePooling2d(rescales ? {} : { inputShape: [8, 8, channels] }),
  ]);
}

/** Two inputs, of which one takes whole numbers, and two outputs. */
export async function makeBranches() {
  const size = input({ shape: [2], name: 'size' });
  const word = input({ shape: [1], dtype: 'int32', name: 'word' });
  const known = layers.flatten().call(layers.embedding({ inputDim: 5, outputDim: 3 }).call(word));
  const joined = layers.concatenate().call([size, known]);
  const kind = layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).call(joined);
  const price = layers.dense({ units: 1, name: 'price' }).call(joined);
  const net = model({ inputs: [size, word], outputs: [kind, price] });
  net.compile({ optimizer: 'sgd', loss: ['sparseCategoricalCrossentropy', 'mse'] });
  return net;
}

/** A .npy file as NumPy writes it. */
export function npy(
  descr: string,
  shape: readonly number[],
  values: ArrayBufferView,
  fortran = false,
): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const head = Buffer.from(`${dictionary.padEnd(117)}\n`, 'latin1');
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, head.length, 0]);
  const body = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([start, head, body]);
}

/** A PNG image of one colour. */
export function png(width: number, height: number, color: readonly number[]): Uint8Array {
  const data = Uint8Array.from(
    { length: width * height * color.length },
    (_, i) => color[i % color.length],
  );
  return encode({ width, height, data, channels: color.length as 1, depth: 8 });
}

/** JPEG images of 8 x 8 pixels of one colour, as libjpeg-turbo writes them: of grey 51, and of red 254. */
export const greyJpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACv/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AMu//2Q==',
  'base64',
);
export const redJpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/2wBDAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAARCAAIAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAn/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAACQr/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCL4Ap1/D//2Q==',
  'base64',
);

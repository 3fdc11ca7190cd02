import { NablaError } from '../../graph/errors.ts';
import { decodeText } from '../bytes.ts';
import { type Histogram, histogram } from './histogram.ts';
import {
  doubleTensor,
  readTensor,
  scalarTensor,
  stringTensor,
  type TensorValue,
} from './tensor-proto.ts';
import type { Field, MessageWriter } from './wire.ts';

/**
 * Values in event files. Each has a tag (its name) and metadata that tell which of TensorBoard's plugins
 * shows it; the value itself is a tensor whose form the plugin prescribes. Files of TensorFlow 1 hold plain
 * numbers, histograms and images instead, which are read as what they would be today.
 */

export interface SummaryMetadata {
  /** Plugin that shows the values: 'scalars', 'histograms', 'images', 'text', ... Empty if unknown. */
  readonly plugin: string;
  /** The plugin's own settings. */
  readonly content: Uint8Array;
  readonly displayName: string;
  readonly description: string;
}

export interface SummaryValue {
  readonly tag: string;
  /** Often only on the first value of a tag. */
  readonly metadata: SummaryMetadata | undefined;
  readonly value: TensorValue | undefined;
}

/** What one value becomes in a file. */
export type WriteValue = (writer: MessageWriter) => void;

/** Whether a tag's values are numbers, tensors or sequences of bytes. */
const dataClasses = { scalar: 1, tensor: 2, blobs: 3 } as const;

export interface ValueOptions {
  /** What the dashboard shows above the chart instead of the tag. */
  readonly displayName?: string;
  /** Markdown. */
  readonly description?: string;
}

function pluginValue(
  tag: string,
  plugin: string,
  dataClass: keyof typeof dataClasses,
  tensor: (writer: MessageWriter) => void,
  { displayName, description, content }: ValueOptions & { content?: Uint8Array } = {},
): WriteValue {
  return (w) => {
    w.text(1, tag);
    w.message(9, (metadata) => {
      metadata.message(1, (data) => {
        data.text(1, plugin);
        if (content) data.bytes(2, content);
      });
      if (displayName) metadata.text(2, displayName);
      if (description) metadata.text(3, description);
      metadata.integer(4, dataClasses[dataClass]);
    });
    w.message(8, tensor);
  };
}

/** A number of a chart over steps, kept as float32. */
export function scalarValue(tag: string, value: number, options?: ValueOptions): WriteValue {
  return pluginValue(tag, 'scalars', 'scalar', scalarTensor(value), options);
}

/** The distribution of numbers, in buckets of equal width. */
export function histogramValue(
  tag: string,
  data: ArrayLike<number>,
  { buckets = 30, ...options }: ValueOptions & { readonly buckets?: number } = {},
): WriteValue {
  const { values } = histogram(data, buckets);
  return pluginValue(tag, 'histograms', 'tensor', doubleTensor([buckets, 3], values), options);
}

/** Images of one size, each a PNG file. */
export function imageValue(
  tag: string,
  { width, height, files }: { width: number; height: number; files: readonly Uint8Array[] },
  options?: ValueOptions,
): WriteValue {
  const strings = [String(width), String(height), ...files];
  const tensor = stringTensor([strings.length], strings);
  return pluginValue(tag, 'images', 'blobs', tensor, options);
}

/** Text in Markdown; several ones are a list, several of several a table. */
export function textValue(
  tag: string,
  text: string | readonly string[] | readonly (readonly string[])[],
  options?: ValueOptions,
): WriteValue {
  const rows = typeof text === 'string' ? [text] : text.flat();
  const shape =
    typeof text === 'string'
      ? []
      : Array.isArray(text[0])
        ? [text.length, text[0].length]
        : [text.length];
  const count = shape.reduce((n, d) => n * d, 1);
  if (count !== rows.length) {
    throw new NablaError(`text summary '${tag}': the rows differ in length; fill them up with ''`);
  }
  return pluginValue(tag, 'text', 'tensor', stringTensor(shape, rows), options);
}

/** A model's structure, as the JSON text that Keras makes of it. */
export function kerasModelValue(tag: string, json: string): WriteValue {
  const content = Uint8Array.of(0x31); // the version of the format: '1'
  return pluginValue(tag, 'graph_keras_model', 'blobs', stringTensor([], [json]), { content });
}

function readMetadata(fields: Iterable<Field>): SummaryMetadata {
  let plugin = '';
  let content: Uint8Array = new Uint8Array(0);
  let displayName = '';
  let description = '';
  for (const field of fields) {
    if (field.number === 1) {
      for (const part of field.fields) {
        if (part.number === 1) plugin = part.text;
        else if (part.number === 2) content = part.bytes;
      }
    } else if (field.number === 2) displayName = field.text;
    else if (field.number === 3) description = field.text;
  }
  return { plugin, content, displayName, description };
}

const oldStyle = (plugin: string): SummaryMetadata => ({
  plugin,
  content: new Uint8Array(0),
  displayName: '',
  description: '',
});

/** A HistogramProto: the edges between buckets, without the outermost two, and the counts. */
function readOldHistogram(fields: Iterable<Field>): TensorValue {
  let min = 0;
  let max = 0;
  const limits: number[] = [];
  const counts: number[] = [];
  for (const field of fields) {
    if (field.number === 1) min = field.value;
    else if (field.number === 2) max = field.value;
    else if (field.number === 6) limits.push(...field.list('double'));
    else if (field.number === 7) counts.push(...field.list('double'));
  }
  const values = new Float64Array(3 * counts.length);
  counts.forEach((count, i) => {
    values[3 * i] = i === 0 ? min : (limits[i - 1] ?? max);
    values[3 * i + 1] = i === counts.length - 1 ? max : (limits[i] ?? max);
    values[3 * i + 2] = count;
  });
  return { kind: 'numbers', shape: [counts.length, 3], values };
}

function readOldImage(fields: Iterable<Field>): TensorValue {
  const ascii = (n: number) => Uint8Array.from(String(n), (c) => c.charCodeAt(0));
  let width = 0;
  let height = 0;
  let file: Uint8Array = new Uint8Array(0);
  for (const field of fields) {
    if (field.number === 1) height = field.value;
    else if (field.number === 2) width = field.value;
    else if (field.number === 4) file = field.bytes;
  }
  return { kind: 'strings', shape: [3], values: [ascii(width), ascii(height), file] };
}

/** One Summary.Value. */
export function readValue(fields: Iterable<Field>, format: string): SummaryValue {
  let tag = '';
  let metadata: SummaryMetadata | undefined;
  let old: SummaryMetadata | undefined;
  let value: TensorValue | undefined;
  for (const field of fields) {
    switch (field.number) {
      case 1:
        tag = field.text;
        break;
      case 2:
        old = oldStyle('scalars');
        value = { kind: 'numbers', shape: [], values: Float64Array.of(field.value) };
        break;
      case 4:
        old = oldStyle('images');
        value = readOldImage(field.fields);
        break;
      case 5:
        old = oldStyle('histograms');
        value = readOldHistogram(field.fields);
        break;
      case 8:
        value = readTensor(field.fields, format);
        break;
      case 9:
        metadata = readMetadata(field.fields);
        break;
    }
  }
  return { tag, metadata: metadata?.plugin ? metadata : (old ?? metadata), value };
}

/** The number of a scalar; undefined for other values. */
export function scalarOf({ value }: SummaryValue): number | undefined {
  return value?.kind === 'numbers' && value.values.length === 1 ? value.values[0] : undefined;
}

/** The buckets of a histogram; undefined for other values. */
export function histogramOf({ value }: SummaryValue): Histogram | undefined {
  if (value?.kind !== 'numbers' || value.shape.length !== 2 || value.shape[1] !== 3) {
    return undefined;
  }
  return { values: value.values, buckets: value.shape[0] };
}

export interface Images {
  /** Pixels; 0 where the file does not say. */
  readonly width: number;
  readonly height: number;
  /** Image files, PNG as a rule. */
  readonly files: readonly Uint8Array[];
}

/** The images of a value; undefined for other values. */
export function imagesOf({ value }: SummaryValue): Images | undefined {
  if (value?.kind !== 'strings' || value.values.length < 2) return undefined;
  const size = (bytes: Uint8Array): number => {
    const n = Number(String.fromCharCode(...bytes.subarray(0, 10)));
    return Number.isInteger(n) && n > 0 ? n : 0;
  };
  const [width, height, ...files] = value.values;
  return { width: size(width), height: size(height), files };
}

/** The texts of a value in row-major order; undefined for other values. Errors: no UTF-8. */
export function textsOf({ tag, value }: SummaryValue): string[] | undefined {
  if (value?.kind !== 'strings') return undefined;
  return value.values.map((bytes) => decodeText(bytes, 'event file', `the text '${tag}'`));
}

/** TensorBoard's event files: bytes to events and back. */
export { type Event, type EventFile, readEvents, valuesRecord, versionRecord } from './event.ts';
export { type Histogram, histogram } from './histogram.ts';
export { encodeImages, type ImageBatch } from './image.ts';
export type { Damage } from './record.ts';
export {
  histogramOf,
  histogramValue,
  type Images,
  imagesOf,
  imageValue,
  kerasModelValue,
  type SummaryMetadata,
  type SummaryValue,
  scalarOf,
  scalarValue,
  textsOf,
  textValue,
  type ValueOptions,
  type WriteValue,
} from './summary.ts';
export type { TensorValue } from './tensor-proto.ts';

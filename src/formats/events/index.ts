/** TensorBoard's event files: bytes to events and back. */
export { type Event, readEvents, valuesRecord, versionRecord } from './event.ts';
export { encodeImages, type ImageBatch } from './image.ts';
export {
  histogramOf,
  histogramValue,
  imagesOf,
  imageValue,
  kerasModelValue,
  type SummaryValue,
  scalarOf,
  scalarValue,
  textsOf,
  textValue,
  type ValueOptions,
  type WriteValue,
} from './summary.ts';

import type { Layer } from '../../nn/layers/layer.ts';
import type { Json } from '../json.ts';

/** What reading a model needs of whoever makes the objects inside it. */
export interface ObjectDecoder {
  /** Where the decoder is, for messages. */
  readonly where: string;
  layer(spec: Json, name?: string): Layer;
  value(value: Json): unknown;
  input(options: Record<string, any>): Layer;
}

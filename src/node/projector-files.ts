/** What TensorBoard's projector reads: which embeddings there are, and their vectors as text. */
import type { NDArray } from '../graph/ndarray.ts';

export interface ProjectedEmbedding {
  readonly name: string;
  readonly shape: readonly number[];
  /** File of the vectors, relative to the folder of the configuration. */
  readonly vectors: string;
  /** File with a line for each vector; a header comes first when it has several columns. */
  readonly metadata?: string;
}

/** A string in protocol buffers' text format. */
function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/[\n\r\t]/g, (c) => {
    return { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[c] as string;
  });
  return `"${escaped}"`;
}

/** The text of projector_config.pbtxt. */
export function projectorConfig(embeddings: readonly ProjectedEmbedding[]): string {
  return embeddings
    .map(({ name, shape, vectors, metadata }) =>
      [
        'embeddings {',
        `  tensor_name: ${quoted(name)}`,
        ...(metadata === undefined ? [] : [`  metadata_path: ${quoted(metadata)}`]),
        ...shape.map((size) => `  tensor_shape: ${size}`),
        `  tensor_path: ${quoted(vectors)}`,
        '}\n',
      ].join('\n'),
    )
    .join('');
}

/** The rows of a matrix as lines of numbers with tabs between them, each as short as float32 allows. */
export function vectorsText({ data, shape }: NDArray): string {
  const [rows, columns] = shape;
  const lines: string[] = [];
  for (let i = 0; i < rows; i++) {
    const row = Array.from({ length: columns }, (_, k) => shortest(data[i * columns + k]));
    lines.push(row.join('\t'));
  }
  return `${lines.join('\n')}\n`;
}

/** The shortest decimal that is the same float32. */
function shortest(x: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(x.toPrecision(digits));
    if (Math.fround(text) === x) return String(text);
  }
  return String(x);
}

/** The models that real Keras wrote, and the numbers it computed with them. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { NDArray } from '../../src/graph/ndarray.ts';

export const modelsFolder = fileURLToPath(new URL('../goldens/models/', import.meta.url));
/** Files of others, which are at hand in some places only and never part of the project. */
export const publicFolder = fileURLToPath(
  new URL('../../../shared/keras/public/', import.meta.url),
);
export const tfjsFolder = fileURLToPath(
  new URL('../../../shared/keras/tfjs/digits_recognition_mlp/', import.meta.url),
);
export const hasPublic = existsSync(publicFolder);

interface InputFormula {
  readonly shape: number[];
  readonly kind: 'sin' | 'int';
  readonly vocab?: number | null;
  readonly scale?: number;
}

export interface Expected {
  readonly shape: number[];
  readonly values: number[];
}

export interface GoldenModel {
  readonly inputs: readonly InputFormula[];
  readonly predict_before: readonly Expected[];
  readonly predict_after: readonly Expected[];
  readonly train_on_batch_losses: readonly Record<string, number>[];
  readonly targets: readonly (Expected & { int?: boolean })[];
}

export interface PublicModel {
  readonly inputs: readonly InputFormula[];
  readonly outputs: readonly Expected[];
  readonly num_params?: number;
}

function readGoldens<T>(path: string): Record<string, T> {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).models : {};
}

export const goldenModels = readGoldens<GoldenModel>(`${modelsFolder}goldens.json`);
export const publicModels = readGoldens<PublicModel>(`${publicFolder}goldens.json`);

/** float32(sin(0.37 i + 0.11)) by the place of the number. */
export function sines(shape: readonly number[], scale = 1): NDArray {
  const size = shape.reduce((n, d) => n * d, 1);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(0.37 * i + 0.11) * scale);
  return { data, shape: [...shape], dtype: 'float32' };
}

/** The inputs that the formulas describe; one alone, several as a list. */
export function inputsOf({ inputs }: Pick<GoldenModel, 'inputs'>): NDArray | NDArray[] {
  const arrays = inputs.map(({ shape, kind, vocab, scale }): NDArray => {
    if (kind === 'sin') return sines(shape, scale);
    const size = shape.reduce((n, d) => n * d, 1);
    const data = Int32Array.from({ length: size }, (_, i) => (i * 7 + 3) % (vocab ?? 11));
    return { data, shape, dtype: 'int32' };
  });
  return arrays.length === 1 ? arrays[0] : arrays;
}

/** The targets of a golden model; one alone, several as a list. */
export function targetsOf({ targets }: GoldenModel): NDArray | NDArray[] {
  const arrays = targets.map(
    ({ shape, values, int }): NDArray =>
      int
        ? { data: Int32Array.from(values), shape, dtype: 'int32' }
        : { data: Float32Array.from(values), shape, dtype: 'float32' },
  );
  return arrays.length === 1 ? arrays[0] : arrays;
}

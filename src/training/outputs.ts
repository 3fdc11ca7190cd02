import { fail } from '../graph/errors.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';

/** A model's outputs as a list with names, whether it has one, several in order, or several by name. */

export interface Output<T> {
  readonly name: string;
  readonly value: T;
}

export type OutputTree<T> = T | readonly T[] | { readonly [name: string]: T };

export function listOutputs(
  outputs: OutputTree<Tensor>,
  names: readonly string[],
): Output<Tensor>[] {
  if (isTensor(outputs)) return [{ name: names[0] ?? 'output', value: outputs }];
  if (Array.isArray(outputs)) {
    return outputs.map((value, i) => ({ name: names[i] ?? `output_${i + 1}`, value }));
  }
  return Object.entries(outputs as Record<string, Tensor>).map(([name, value]) => ({
    name,
    value,
  }));
}

const namesOf = (outputs: readonly { readonly name: string }[]): string =>
  outputs.map((o) => o.name).join(', ');

/**
 * One setting (losses, metrics, weights) for each output: alone for all outputs, in order, or by name.
 * Outputs without one get undefined.
 */
export function settingFor<T>(
  what: string,
  settings: unknown,
  outputs: readonly { readonly name: string }[],
  isSetting: (value: unknown) => value is T,
): (T | undefined)[] {
  if (settings === undefined || settings === null) return outputs.map(() => undefined);
  if (isSetting(settings)) return outputs.map(() => settings);
  if (Array.isArray(settings)) {
    if (settings.length !== outputs.length) {
      fail(
        what,
        `received ${settings.length} for ${outputs.length} outputs (${namesOf(outputs)}); pass one each`,
      );
    }
    return settings.map((s) => s ?? undefined);
  }
  const record = settings as Record<string, T>;
  for (const name of Object.keys(record)) {
    if (!outputs.some((o) => o.name === name)) {
      fail(what, `'${name}' is not an output; expected ${namesOf(outputs)}`);
    }
  }
  return outputs.map((o) => record[o.name] ?? undefined);
}

/** The labels of each output. */
export function labelsFor(
  labels: OutputTree<Tensor> | undefined,
  outputs: readonly { readonly name: string }[],
): (Tensor | undefined)[] {
  if (isTensor(labels) && outputs.length > 1) {
    fail(
      'labels',
      `received one array for ${outputs.length} outputs (${namesOf(outputs)}); pass one each, in order or by name`,
    );
  }
  return settingFor('labels', labels, outputs, isTensor);
}

/**
 * Recipes: case studies that `nabla train` runs. A recipe is a module `recipes/<name>.ts` that
 * exports `recipe`; what `nabla list` shows of it stands in the registry, so that listing loads none.
 */
import type { ProgressRenderer } from './progress.ts';
import type { RunDirectory } from './run-directory.ts';
import type { Style, TableCell } from './terminal.ts';

export const deviceNames = ['auto', 'cpu', 'gpu', 'js'] as const;
export type DeviceName = (typeof deviceNames)[number];

export interface RecipeOptions {
  epochs: number;
  /** Samples per step. Undefined, as the next two, only where the recipe has no such thing. */
  batchSize?: number;
  learningRate?: number;
  optimizer?: string;
  seed: number;
  device: DeviceName;
  /** Threads of the engine; undefined leaves it to the engine. */
  threads?: number;
}

/**
 * What a recipe runs with unless told otherwise. An option that is absent here is one the recipe
 * does not take: giving it is a usage error.
 */
export type RecipeDefaults = Pick<
  RecipeOptions,
  'epochs' | 'batchSize' | 'learningRate' | 'optimizer'
>;

export interface RecipeContext {
  /** What to run with, defaults filled in. */
  options: RecipeOptions;
  /** The options that the user gave. */
  given: ReadonlySet<keyof RecipeOptions>;
  /** Prints a line; nothing with --quiet. */
  log(line: string): void;
  /** Prints a table with its columns lined up; nothing with --quiet. */
  table(header: readonly string[], rows: readonly (readonly TableCell[])[]): void;
  style: Style;
  progress: ProgressRenderer;
  /** Whether the user has asked to stop. Look after each step, save what there is, and return. */
  stopRequested(): boolean;
  /** Where the results go. */
  run: RunDirectory;
}

export interface RecipeResult {
  /** Trainable parameters of the model. */
  parameters: number;
  /** Epochs finished. */
  epochs: number;
  /** Training loss of the last epoch. */
  loss: number;
  metrics: {
    train?: Record<string, number>;
    validation?: Record<string, number>;
    test?: Record<string, number>;
  };
  /** The device that did the work, where the option said "auto". */
  device?: string;
  /** Whether the run stopped early because the user asked. */
  interrupted?: boolean;
}

export interface Recipe {
  defaults: RecipeDefaults;
  /** The optimizers that make sense here; any by default. */
  optimizers?: readonly string[];
  run(context: RecipeContext): Promise<RecipeResult>;
}

/** What an explanation may use: it prints, and keeps nothing. */
export type ExplainContext = Pick<RecipeContext, 'log' | 'table' | 'style'>;

/** An explanation: a module `recipes/explain-<name>.ts` that exports `explain`. */
export type Explain = (context: ExplainContext) => Promise<void>;

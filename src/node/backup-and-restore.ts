/** Training that survives its process: what a run has come to, kept in a file, and a new run that goes on. */
import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatJson, isObject, type JsonObject, parseJson } from '../formats/json.ts';
import { readSafetensors, type Safetensors, writeSafetensors } from '../formats/safetensors.ts';
import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { sameShape } from '../graph/shape.ts';
import { expectOptions } from '../nn/options.ts';
import { classNameOf } from '../nn/registry.ts';
import { getRandomState, setRandomState } from '../tensor/random.ts';
import type { Variable } from '../tensor/variable.ts';
import { Callback, type CallbackState, type Logs } from '../training/callbacks/callback.ts';
import { Model } from '../training/model.ts';
import { stateOf } from '../training/state.ts';
import { writeFileAtomic } from './atomic.ts';
import { BatchCounter, type SaveFrequency } from './save-frequency.ts';

export interface BackupAndRestoreOptions {
  /** A folder of its own for this run. */
  readonly backupDir: string;
  /** After each epoch, or after so many batches. */
  readonly saveFreq?: SaveFrequency;
  /**
   * Seconds that lie at least between two backups after epochs, 0 by default: short epochs need not wait for
   * the disk. An epoch that ends the training, or stops in the middle, is always kept.
   */
  readonly minSeconds?: number;
  /** Whether a run that comes to its end removes the backup; true by default. */
  readonly deleteCheckpoint?: boolean;
}

const FILE = 'backup.safetensors';
const FORMAT = 'nabla-backup-1';

/**
 * Keeps the state of training in a file. A run that was broken off, at any moment, goes on from there when
 * the same program runs again, and ends as if it had never stopped: weights, optimizer, metrics of a begun
 * epoch, generators of random numbers, the order of samples, and what the other callbacks remember.
 *
 * The file is replaced in one step, so there is always a whole one. What the data is must be the same as in
 * the first run; data that a program draws anew at each start is not.
 */
export class BackupAndRestore extends Callback {
  readonly backupDir: string;
  readonly deleteCheckpoint: boolean;
  readonly minSeconds: number;
  #savedAt = Number.NEGATIVE_INFINITY;
  override readonly comesLast = true;
  readonly #counter: BatchCounter;
  /** Metrics of an epoch that was stopped in the middle, before validation takes them for itself. */
  readonly #begun = new Map<Variable, NDArray>();

  constructor(options: BackupAndRestoreOptions) {
    super();
    expectOptions('backupAndRestore', options, [
      'backupDir',
      'saveFreq',
      'minSeconds',
      'deleteCheckpoint',
    ]);
    const { backupDir, saveFreq = 'epoch', minSeconds = 0, deleteCheckpoint = true } = options;
    if (!(minSeconds >= 0)) {
      fail('backupAndRestore', `minSeconds is ${minSeconds}; expected a number of 0 or more`);
    }
    this.minSeconds = minSeconds;
    if (!backupDir) fail('backupAndRestore', 'backupDir is empty; give a folder for the backup');
    this.backupDir = backupDir;
    this.deleteCheckpoint = deleteCheckpoint;
    this.#counter = new BatchCounter('backupAndRestore', saveFreq);
  }

  /** The file of the backup. */
  get path(): string {
    return join(this.backupDir, FILE);
  }

  override async onTrainBegin(): Promise<void> {
    this.#counter.start();
    const backup = await this.#read();
    if (!backup) return;
    const { metadata } = backup;
    const position = this.#parse(metadata.position);
    const { epoch, batch, shuffleSeed, logs } = position as Record<string, any>;
    if (!isIndex(epoch) || !isIndex(batch)) this.#refuse('does not say where training was');
    Object.assign(this.run.position, { epoch, batch, shuffleSeed, logs });
    this.#counter.start(batch);
    this.run.position.restore = () => this.#restore(backup);
  }

  override async onTestBegin(): Promise<void> {
    this.#begun.clear();
    if (this.run.position.batch === 0) return;
    for (const variable of this.#model.metrics.flatMap((m) => m.variables)) {
      this.#begun.set(variable, await variable.ndarray());
    }
  }

  override wantsBatchLogs(): boolean {
    return this.#counter.isDue(this.run.position.batch);
  }

  override onTrainBatchEnd(_batch: number, logs: Logs): Promise<void> {
    this.run.position.logs = logs;
    return this.#save();
  }

  override async onEpochEnd(_epoch: number, logs: Logs): Promise<void> {
    this.#counter.newEpoch();
    if (!this.#counter.eachEpoch || this.#isEarly()) return;
    // Of an epoch that was stopped in the middle its own numbers are kept, not those of validation.
    const { position } = this.run;
    if (position.batch > 0) {
      position.logs = Object.fromEntries(
        Object.entries(logs).filter(([name]) => !name.startsWith('val_')),
      );
    }
    await this.#save();
  }

  override async onTrainEnd(): Promise<void> {
    if (this.deleteCheckpoint) await this.#delete();
  }

  /** Whether the last backup is too young, and training goes on with another epoch. */
  #isEarly(): boolean {
    const { batch, epoch } = this.run.position;
    const goesOn = batch === 0 && epoch < this.run.epochs && !this.#model.stopTraining;
    return goesOn && performance.now() - this.#savedAt < 1000 * this.minSeconds;
  }

  async #save(): Promise<void> {
    const tensors = new Map<string, NDArray>();
    for (const [path, variable] of stateOf(this.#model)) {
      tensors.set(path, this.#begun.get(variable) ?? (await variable.ndarray()));
    }
    const callbacks = this.run.callbacks.map((callback, i) => {
      const state = callback.getState();
      return state && { class: classNameOf(callback), state: keepArrays(state, i, tensors) };
    });
    const { epoch, batch, shuffleSeed, logs } = this.run.position;
    const bytes = writeSafetensors(tensors, {
      format: FORMAT,
      position: formatJson({ epoch, batch, shuffleSeed, logs }),
      random: formatJson(getRandomState()),
      callbacks: formatJson(callbacks),
    });
    this.#begun.clear();
    await mkdir(this.backupDir, { recursive: true });
    await writeFileAtomic(this.path, bytes);
    this.#savedAt = performance.now();
  }

  async #read(): Promise<Safetensors | undefined> {
    let bytes: Uint8Array;
    try {
      bytes = await readFile(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const backup = readSafetensors(bytes);
    if (backup.metadata.format !== FORMAT) this.#refuse('was not written by this callback');
    return backup;
  }

  #restore({ tensors, metadata }: Safetensors): void {
    const state = stateOf(this.#model);
    const names = new Set([...tensors.keys()].filter((name) => !name.startsWith(CALLBACKS)));
    for (const [path, variable] of state) {
      const kept = tensors.get(path);
      if (!kept || !sameShape(kept.shape, variable.shape) || kept.dtype !== variable.dtype) {
        const found = kept ? `${kept.dtype} [${kept.shape.join(', ')}]` : 'nothing';
        this.#refuse(`is of another model: it has ${found} for ${path}, expected ${variable}`);
      }
      names.delete(path);
    }
    const [surplus] = names;
    if (surplus) this.#refuse(`is of another model: it has ${surplus}, which this one lacks`);
    for (const [path, variable] of state) variable.assign(tensors.get(path)!);
    const { seed, draws } = this.#parse(metadata.random) as Record<string, any>;
    if (Number.isInteger(seed) && isIndex(draws)) setRandomState({ seed, draws });
    const callbacks = parseJson(metadata.callbacks ?? '[]', FILE, 'the callbacks');
    this.run.callbacks.forEach((callback, i) => {
      const kept = Array.isArray(callbacks) ? callbacks[i] : undefined;
      if (!isObject(kept) || kept.class !== classNameOf(callback) || !isObject(kept.state)) return;
      callback.setState(withArrays(kept.state, i, tensors));
    });
  }

  get #model(): Model {
    const { model } = this;
    if (model instanceof Model) return model;
    return fail('backupAndRestore', `'${model.name}' is not a Model; only models have a state`);
  }

  #parse(text: string | undefined): JsonObject {
    const value = parseJson(text ?? 'null', FILE, 'its description');
    return isObject(value) ? value : this.#refuse('has no description');
  }

  #refuse(problem: string): never {
    return fail(
      'backupAndRestore',
      `the backup ${this.path} ${problem}; delete it to start anew, or choose another backupDir`,
    );
  }

  /** Removes what this callback wrote, and the folder if nothing else is in it. */
  async #delete(): Promise<void> {
    const names = await readdir(this.backupDir).catch(() => [] as string[]);
    // A process that was killed while writing leaves a temporary file behind.
    const own = names.filter(
      (n) => n === FILE || (n.startsWith(`.${FILE}.`) && n.endsWith('.tmp')),
    );
    for (const name of own) await rm(join(this.backupDir, name), { force: true });
    if (own.length === names.length) await rmdir(this.backupDir).catch(() => {});
  }
}

const CALLBACKS = 'callbacks/';

const isIndex = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

/** The state as JSON; arrays go among the tensors, and their number stands in their place. */
function keepArrays(state: CallbackState, index: number, tensors: Map<string, NDArray>): object {
  return Object.fromEntries(
    Object.entries(state).map(([key, value]) => {
      if (typeof value !== 'object' || value === null) return [key, value];
      value.forEach((array, k) => {
        tensors.set(`${CALLBACKS}${index}/${key}/${k}`, array);
      });
      return [key, { arrays: value.length }];
    }),
  );
}

function withArrays(
  state: JsonObject,
  index: number,
  tensors: ReadonlyMap<string, NDArray>,
): CallbackState {
  return Object.fromEntries(
    Object.entries(state).map(([key, value]) => {
      if (!isObject(value)) return [key, value as CallbackState[string]];
      const count = isIndex(value.arrays) ? value.arrays : 0;
      const arrays = Array.from({ length: count }, (_, k) =>
        tensors.get(`${CALLBACKS}${index}/${key}/${k}`),
      );
      return [key, arrays.filter((a) => a !== undefined)];
    }),
  );
}

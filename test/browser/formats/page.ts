/**
 * What runs inside the page: models are loaded as a page would, asked for predictions, trained one step and
 * saved. The test outside calls these through the window.
 */
import {
  listStoredModels,
  loadModel,
  type Model,
  removeStoredModel,
  setDevice,
  tensor,
} from '../../../src/index.ts';

export interface Numbers {
  readonly values: readonly number[];
  readonly shape: readonly number[];
}

/** What a model computes before and after a step of training. */
export interface Results {
  readonly before: readonly number[];
  /** Loss of the step, and the outputs after it; absent for models that are not trained. */
  readonly loss?: number;
  readonly after?: readonly number[];
  readonly warnings: readonly string[];
}

/** Where a model comes from: an address, or files that a person chose in an input of the page. */
export type Source = string | { readonly input: string; readonly single?: boolean };

function sourceOf(source: Source): any {
  if (typeof source === 'string') return source;
  const { files } = document.querySelector(source.input) as HTMLInputElement;
  return source.single ? files![0] : files;
}

let model: Model | undefined;

async function open(source: Source): Promise<string[]> {
  const warnings: string[] = [];
  model = await loadModel(sourceOf(source), { onWarning: (text) => warnings.push(text) });
  return warnings;
}

const toTensor = ({ values, shape }: Numbers) => tensor([...values], [...shape]);

async function predict(x: Numbers): Promise<number[]> {
  return Array.from(await (await model!.predict(toTensor(x))).data());
}

/** Loads, predicts, trains one step where `y` is given, and predicts again. */
async function results(source: Source, x: Numbers, y?: Numbers): Promise<Results> {
  const warnings = await open(source);
  const before = await predict(x);
  if (!y) return { before, warnings };
  const { loss } = await model!.trainOnBatch(toTensor(x), toTensor(y));
  return { before, loss, after: await predict(x), warnings };
}

/** The message of the error that loading ends with. */
async function refusal(source: Source): Promise<string> {
  try {
    await open(source);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'it was loaded';
}

setDevice('js');
Object.assign(globalThis, {
  formats: {
    results,
    refusal,
    open,
    predict,
    save: (target: string, options = {}) => model!.save(target, options),
    loadWeights: (source: Source) => model!.loadWeights(sourceOf(source)),
    /** What saving to the page's storage ends with where `storage` stands in its place. */
    saveWith: async (storage: 'none' | 'blocked' | 'full') => {
      const own = globalThis.indexedDB;
      const put = IDBObjectStore.prototype.put;
      const blocked = {
        open: () => {
          throw new DOMException('storage is disabled', 'SecurityError');
        },
      };
      if (storage === 'full') {
        IDBObjectStore.prototype.put = () => {
          throw new DOMException('no room', 'QuotaExceededError');
        };
      } else {
        const value = storage === 'none' ? undefined : blocked;
        Object.defineProperty(globalThis, 'indexedDB', { value, configurable: true });
      }
      try {
        await model!.save('indexeddb://never');
        return 'it was saved';
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      } finally {
        IDBObjectStore.prototype.put = put;
        Object.defineProperty(globalThis, 'indexedDB', { value: own, configurable: true });
      }
    },
    stored: listStoredModels,
    remove: removeStoredModel,
    /** The same loader in a worker, where there is no document. */
    inWorker: (source: string, x: Numbers) =>
      new Promise((resolve, reject) => {
        const worker = new Worker('/worker.js', { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage({ source, x });
      }),
  },
});

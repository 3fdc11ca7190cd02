import { registerModelFiles, type SaveOptions } from '../training/files.ts';
import type { Model } from '../training/model.ts';
import { refuse } from './bytes.ts';
import { type LoadOptions, loadModelFile, loadWeightsFile, type ModelFile } from './load.ts';
import { modelConfigs } from './model-json.ts';
import { formatOfName, saveModelFiles } from './save.ts';
import type { SavedFile } from './saved-file.ts';
import { fetchModelFile, isWebAddress, type ModelSource, plainSource } from './sources.ts';

/**
 * Models in a page: from addresses, files the user chose, and the page's own storage (IndexedDB), where
 * `indexeddb://name` is a model kept under a name.
 */

interface StoreRequest<T> {
  readonly result: T;
  readonly error: Error | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

interface Store {
  get(key: string): StoreRequest<unknown>;
  put(value: unknown, key: string): StoreRequest<unknown>;
  delete(key: string): StoreRequest<unknown>;
  getAllKeys(): StoreRequest<unknown[]>;
}

interface Transaction {
  objectStore(name: string): Store;
  readonly error: Error | null;
  oncomplete: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
}

interface StoreDatabase {
  transaction(store: string, mode: 'readonly' | 'readwrite'): Transaction;
  createObjectStore(name: string): unknown;
  close(): void;
}

interface OpenRequest extends StoreRequest<StoreDatabase> {
  onupgradeneeded: (() => void) | null;
}

interface PagePlatform {
  indexedDB?: { open(name: string, version: number): OpenRequest };
  document?: {
    readonly baseURI: string;
    createElement(name: 'a'): { href: string; download: string; click(): void };
  };
  /** Where a page or a worker was loaded from. */
  location?: { readonly href: string };
  URL: {
    new (url: string, base: string): { readonly href: string };
    createObjectURL(blob: unknown): string;
    revokeObjectURL(url: string): void;
  };
  Blob: new (parts: readonly Uint8Array[]) => unknown;
}

const page = globalThis as unknown as PagePlatform;

const DATABASE = 'nabla';
const STORE = 'models';
const SCHEME = 'indexeddb://';

function settled<T>(request: StoreRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const problem = (error: unknown): string => {
  const { name, message } = (error ?? {}) as Partial<Error>;
  return message || name || 'no reason given';
};

async function withStore<T>(
  mode: 'readonly' | 'readwrite',
  work: (store: Store) => StoreRequest<T>,
): Promise<T> {
  const { indexedDB } = page;
  if (!indexedDB) return refuse('indexeddb', 'this platform has no IndexedDB; use a file');
  let database: StoreDatabase;
  try {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    database = await settled(request);
  } catch (error) {
    return refuse(
      'indexeddb',
      `the storage of this page cannot be opened (${problem(error)}); allow it in the browser, or use a file`,
    );
  }
  try {
    const transaction = database.transaction(STORE, mode);
    // A transaction is kept whole or not at all.
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([settled(work(transaction.objectStore(STORE))), done]);
    return result;
  } catch (error) {
    return refuse(
      'indexeddb',
      (error as Error | null)?.name === 'QuotaExceededError'
        ? 'the storage of this page is full; remove models with removeStoredModel, or save a file'
        : `the storage of this page reports an error (${problem(error)})`,
    );
  } finally {
    database.close();
  }
}

function storedName(target: string): string {
  const name = target.slice(SCHEME.length);
  return name === '' ? refuse('indexeddb', `'${target}' has no name behind ${SCHEME}`) : name;
}

/** Names of the models in the page's storage. */
export async function listStoredModels(): Promise<string[]> {
  return (await withStore('readonly', (store) => store.getAllKeys())).map(String);
}

/** Removes a model from the page's storage, if there is one of that name (`name` or `indexeddb://name`). */
export async function removeStoredModel(name: string): Promise<void> {
  const key = name.startsWith(SCHEME) ? storedName(name) : name;
  await withStore('readwrite', (store) => store.delete(key));
}

async function openStored(target: string): Promise<ModelFile> {
  const name = storedName(target);
  const files = (await withStore('readonly', (store) => store.get(name))) as
    | SavedFile[]
    | undefined;
  if (!files || files.length === 0) {
    const names = await listStoredModels();
    return refuse(
      'indexeddb',
      `there is no model '${name}' in the storage of this page; it has ${names.length > 0 ? names.map((n) => `'${n}'`).join(', ') : 'none'}`,
    );
  }
  return {
    bytes: files[0].bytes,
    sibling: async (wanted) =>
      files.find((f) => f.name === wanted)?.bytes ??
      refuse('indexeddb', `'${wanted}' is missing in the storage of this page`),
  };
}

function open(source: ModelSource): Promise<ModelFile> {
  if (typeof source === 'string' && source.startsWith(SCHEME)) return openStored(source);
  if (isWebAddress(source)) {
    return fetchModelFile(typeof source === 'string' ? source : (source as { href: string }).href);
  }
  // A path is relative to the page, in a worker to its script.
  if (typeof source === 'string') {
    const base = page.document?.baseURI ?? page.location?.href;
    if (base === undefined) return plainSource(source);
    return fetchModelFile(new page.URL(source, base).href);
  }
  return plainSource(source);
}

/** A format for names in storage, which need no ending. */
function formatFor(name: string, options: SaveOptions) {
  return options.format ?? (name.includes('.') ? formatOfName(name) : 'keras');
}

/** A copy that shares no memory: a stored view would take the whole of what it is a view of. */
function compact({ name, bytes }: SavedFile): SavedFile {
  return { name, bytes: bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice() };
}

function offerDownload({ name, bytes }: SavedFile, fallback: string): void {
  const link = page.document?.createElement('a');
  if (!link) refuse('save', 'this platform can neither write files nor offer downloads');
  const url = page.URL.createObjectURL(new page.Blob([bytes]));
  link.href = url;
  link.download = name || fallback;
  link.click();
  // The download has been handed over; the memory may go.
  setTimeout(() => page.URL.revokeObjectURL(url), 10_000);
}

/**
 * A model from an address, the page's storage (`indexeddb://name`), a File or Blob, several files (a
 * model.json with its shards), or bytes. The format is told from the bytes. Nothing in a file is ever
 * executed.
 */
export async function loadModel(source: ModelSource, options: LoadOptions = {}): Promise<Model> {
  const onWarning = options.onWarning ?? ((message) => console.warn(`nabla: ${message}`));
  return loadModelFile(await open(source), { ...options, onWarning });
}

/** Keeps a model in the page's storage (`indexeddb://name`), or offers it as a download. */
async function saveModel(model: Model, target: string, options: SaveOptions): Promise<void> {
  const onWarning = options.onWarning ?? ((message) => console.warn(`nabla: ${message}`));
  const stored = target.startsWith(SCHEME);
  const name = stored ? storedName(target) : target;
  const format = formatFor(name, options);
  const files = await saveModelFiles(model, format, { ...options, onWarning });
  if (stored) await withStore('readwrite', (store) => store.put(files.map(compact), name));
  else {
    const last = name.split('/').at(-1)!;
    for (const file of files) offerDownload(file, last.includes('.') ? last : `${last}.${format}`);
  }
}

/** Lets models save themselves in a page. */
export function registerBrowserFiles(): void {
  registerModelFiles({
    ...modelConfigs,
    save: (model, target, options) => saveModel(model as Model, target, options),
    loadWeights: async (model, source, options) =>
      loadWeightsFile(model as Model, await open(source as ModelSource), options),
  });
}

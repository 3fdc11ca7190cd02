import { registerModelFiles, type SaveOptions } from '../training/files.ts';
import type { Model } from '../training/model.ts';
import { refuse } from './bytes.ts';
import { type LoadOptions, loadModelFile, loadWeightsFile, type ModelFile } from './load.ts';
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
    createElement(name: 'a'): { href: string; download: string; click(): void };
  };
  URL: { createObjectURL(blob: unknown): string; revokeObjectURL(url: string): void };
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

async function withStore<T>(
  mode: 'readonly' | 'readwrite',
  work: (store: Store) => StoreRequest<T>,
): Promise<T> {
  const { indexedDB } = page;
  if (!indexedDB) return refuse('indexeddb', 'this platform has no IndexedDB; use a file');
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  const database = await settled(request);
  try {
    const transaction = database.transaction(STORE, mode);
    // A transaction is kept whole or not at all.
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await settled(work(transaction.objectStore(STORE)));
    await done;
    return result;
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

/** Removes a model from the page's storage. */
export async function removeStoredModel(name: string): Promise<void> {
  await withStore('readwrite', (store) => store.delete(name));
}

async function openStored(target: string): Promise<ModelFile> {
  const name = storedName(target);
  const files = (await withStore('readonly', (store) => store.get(name))) as
    | SavedFile[]
    | undefined;
  if (!files || files.length === 0) {
    return refuse('indexeddb', `there is no model '${name}' in the storage of this page`);
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
  // A path is relative to the page.
  if (typeof source === 'string') {
    const { document } = page;
    const link = document?.createElement('a');
    if (!link) return plainSource(source);
    link.href = source;
    return fetchModelFile(link.href);
  }
  return plainSource(source);
}

/** A format for names in storage, which need no ending. */
function formatFor(name: string, options: SaveOptions) {
  return options.format ?? (name.includes('.') ? formatOfName(name) : 'keras');
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
  const files = await saveModelFiles(model, formatFor(name, options), { ...options, onWarning });
  if (stored) await withStore('readwrite', (store) => store.put(files, name));
  else for (const file of files) offerDownload(file, name.split('/').at(-1)!);
}

/** Lets models save themselves in a page. */
export function registerBrowserFiles(): void {
  registerModelFiles({
    save: (model, target, options) => saveModel(model as Model, target, options),
    loadWeights: async (model, source, options) =>
      loadWeightsFile(model as Model, await open(source as ModelSource), options),
  });
}

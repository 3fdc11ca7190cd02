/** One file of a saved model; the first is the main one. */
export interface SavedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

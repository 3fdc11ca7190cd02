/** Text files of any size and encoding, as a stream of strings. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { NablaError } from '../graph/errors.ts';

export interface TextFileOptions {
  /**
   * Name of the encoding, such as 'utf-8' (the default), 'utf-16le' or 'windows-1252'. A file that begins with
   * the byte order mark of UTF-16 is read as that.
   */
  encoding?: string;
}

/**
 * The text of a file in chunks, cut anywhere between two characters, without a byte order mark. Errors: no
 * such file; an unknown encoding; bytes that the encoding has no characters for.
 */
export async function* textChunks(
  path: string,
  options: TextFileOptions = {},
): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let position = 0;
  for await (const bytes of createReadStream(path) as AsyncIterable<Uint8Array>) {
    decoder ??= createDecoder(path, bytes, options);
    yield decode(decoder, bytes, { path, position, more: true });
    position += bytes.length;
  }
  if (decoder) yield decode(decoder, new Uint8Array(), { path, position, more: false });
}

/** The whole text of a file; errors as `textChunks`. */
export async function readText(path: string, options: TextFileOptions = {}): Promise<string> {
  const bytes = await readFile(path);
  const decoder = createDecoder(path, bytes, options);
  return decode(decoder, bytes, { path, position: 0, more: false });
}

/** The lines of a file, without their ends: LF, CR LF or CR. */
export async function* textLines(path: string, options?: TextFileOptions): AsyncGenerator<string> {
  let rest = '';
  /** Whether a CR was held back, which may be the first half of CR LF. */
  let held = false;
  for await (const chunk of textChunks(path, options)) {
    const text: string = held ? `\r${chunk}` : chunk;
    held = text.endsWith('\r');
    const lines = (held ? text.slice(0, -1) : text).split(/\r\n|\n|\r/);
    // Only the new text is looked through, so that a long line does not take ever longer.
    lines[0] = rest + lines[0];
    rest = lines.pop() as string;
    yield* lines;
  }
  if (rest !== '' || held) yield rest;
}

function createDecoder(
  path: string,
  start: Uint8Array,
  { encoding = 'utf-8' }: TextFileOptions,
): TextDecoder {
  const [first, second] = start;
  const marked =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : encoding;
  try {
    return new TextDecoder(marked, { fatal: true });
  } catch {
    throw new NablaError(
      `${path}: the encoding ${JSON.stringify(encoding)} is not known; expected one such as 'utf-8', 'utf-16le' or 'windows-1252'`,
    );
  }
}

interface Place {
  readonly path: string;
  /** Bytes of the file before these. */
  readonly position: number;
  /** Whether bytes follow, which may complete a character. */
  readonly more: boolean;
}

function decode(decoder: TextDecoder, bytes: Uint8Array, { path, position, more }: Place): string {
  try {
    return decoder.decode(bytes, { stream: more });
  } catch {
    throw new NablaError(
      `${path}: bytes ${position} to ${position + bytes.length} are not all ${decoder.encoding}; name the encoding of the file, as in { encoding: 'windows-1252' }`,
    );
  }
}

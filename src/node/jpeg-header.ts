/** What a JPEG file (ITU-T T.81, annex B) says of itself, read before anything is decoded. */
import { NablaError } from '../graph/errors.ts';

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour. */
  readonly components: 1 | 3;
}

/** Images have far fewer; each may go over all of the image. */
const MAX_SCANS = 256;

/**
 * Pixels that a byte can stand for: a block of 64 of them takes a bit at least, and components that are
 * sampled in odd ways may have half as many blocks.
 */
const PIXELS_PER_BYTE = 1024;

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * Goes through the file to its end; `file` begins the messages. Errors: a file that is cut off or holds no
 * image, an image of more than `maxPixels`, or one of a kind that libjpeg does not read.
 */
export function readJpegHeader(bytes: Uint8Array, file: string, maxPixels: number): JpegHeader {
  let header: JpegHeader | undefined;
  let scans = 0;
  let at = 2;
  while (true) {
    at = afterMarker(bytes, at);
    if (at < 0) throw new NablaError(`${file} is damaged: it is cut off`);
    const marker = bytes[at - 1];
    if (marker === END_OF_IMAGE) break;
    const length = u16(bytes, at);
    if (Math.max(at + 2, at + length) > bytes.length) {
      throw new NablaError(`${file} is damaged: it is cut off`);
    }
    if (length < 2) throw new NablaError(`${file} is damaged: a segment has no length`);
    if (isFrame(marker)) {
      header = readFrame(marker, bytes.subarray(at + 2, at + length), file);
      checkSize(header, bytes.length, file, maxPixels);
    }
    if (marker === START_OF_SCAN && ++scans > MAX_SCANS) {
      throw new NablaError(`${file} is damaged: it has more than ${MAX_SCANS} scans`);
    }
    at += length;
  }
  if (header === undefined || scans === 0) {
    throw new NablaError(`${file} is damaged: it holds no image`);
  }
  return header;
}

/** Where the next marker ends that is not among the data of a scan; -1 if there is none. */
function afterMarker(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && at + 1 < bytes.length) {
    const marker = bytes[at + 1];
    const isAlone = marker <= 1 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd8);
    if (!isAlone) return at + 2;
    at = bytes.indexOf(0xff, at + 1);
  }
  return -1;
}

/** Whether a marker describes the image, in one of the thirteen ways of coding. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function readFrame(marker: number, segment: Uint8Array, file: string): JpegHeader {
  if (marker > 0xc2) {
    throw new NablaError(
      `${file} is coded arithmetically or without loss, which cannot be read; save it as an ordinary JPEG or PNG file`,
    );
  }
  const [bits, height, width] = [segment[0], u16(segment, 1), u16(segment, 3)];
  const components = segment[5];
  if (bits !== 8) {
    throw new NablaError(
      `${file} has ${bits} bits a sample, expected 8; save it with 8, or as a PNG file`,
    );
  }
  if (components === 4) {
    throw new NablaError(
      `${file} is in four inks (CMYK), which cannot be read; save it in red, green and blue`,
    );
  }
  if ((components !== 1 && components !== 3) || !(width * height > 0)) {
    throw new NablaError(
      `${file} is damaged: its size is ${width} x ${height} of ${components} components`,
    );
  }
  return { width, height, components };
}

function checkSize(
  { width, height }: JpegHeader,
  byteCount: number,
  file: string,
  maxPixels: number,
): void {
  const pixels = width * height;
  if (pixels > maxPixels) {
    throw new NablaError(
      `${file} has ${pixels} pixels, expected at most ${maxPixels}; make it smaller`,
    );
  }
  if (pixels > PIXELS_PER_BYTE * byteCount) {
    throw new NablaError(
      `${file} is damaged: its ${byteCount} bytes cannot hold ${width} x ${height} pixels`,
    );
  }
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];

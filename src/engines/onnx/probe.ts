import { buildModel } from './assemble.ts';
import type { Backend } from './backend.ts';
import { BlockedOperators } from './blocked.ts';
import { Builder } from './builder.ts';
import { encodeModel } from './model.ts';

/**
 * How many channels a block holds in this machine's kernels (see blocked.ts): 16 with AVX-512, 8 with
 * AVX2, 0 where the layout is not known. Read off the order in which numbers come out of a reordering.
 */
export async function probeBlock<T>(backend: Backend<T>): Promise<number> {
  const shape = [1, 16, 1, 2];
  const count = 32;
  const b = new Builder(backend.provider);
  const x = b.input('x', 'float32', shape);
  const model = buildModel('probe', [x], [['y', new BlockedOperators(b, 16).fromChannelsFirst(x)]]);
  try {
    const session = await backend.load(encodeModel(model), { inputs: ['x'], outputs: ['y'] });
    const wrap = (data: Float32Array) => backend.wrap(data, 'float32', shape);
    const places = wrap(Float32Array.from({ length: count }, (_, i) => i));
    const [result] = await session.run([places], [wrap(new Float32Array(count))]);
    const order = Array.from(backend.dataOf(result));
    await session.dispose();
    // The second pixel's first channel, 1, follows the last channel of the block.
    const block = order.indexOf(1);
    const blocked = order.every((from, at) => {
      const inBlock = at % (2 * block);
      const pixel = Math.floor(inBlock / block);
      const channel = Math.floor(at / (2 * block)) * block + (inBlock % block);
      return from === channel * 2 + pixel;
    });
    return blocked && block > 1 ? block : 0;
  } catch {
    return 0;
  }
}

import { type Workload, workloads } from '../workloads.ts';
import { cnnStep, filters, flat, kernelGradientByTaps, sides, turned } from './cnn.ts';
import { blocked } from './onnx-writer.ts';
import type { TrainingGraph, TrainingGraphWriter } from './training-graph.ts';

/**
 * The convolutions on blocked channels: an array [batch, channels, height, width] lies in memory as
 * [batch, channels / 16, height, width, 16]. ONNX Runtime has direct convolutions for this layout that
 * come close to the processor's peak, but uses them by itself only for weights that never change; here
 * the graph names them. 16 floats fill a register of AVX-512: on other processors the block is
 * different, and this graph would be wrong there (see `channelBlock` in session.ts).
 */
export const block = 16;

/** Kernel [3, 3, in, out] -> blocked [out/16, in/16, 3, 3, 16 in, 16 out]. */
function blockKernel(g: TrainingGraphWriter, k: string, inputs: number, outputs: number): string {
  const split = g.reshape(k, 3, 3, inputs / block, block, outputs / block, block);
  return g.reshape(g.transpose(split, 4, 2, 0, 1, 3, 5), outputs, inputs, 3, 3);
}

/** The same for the way back: turned by 180 degrees, from `outputs` channels to `inputs`. */
function blockKernelBack(
  g: TrainingGraphWriter,
  k: string,
  inputs: number,
  outputs: number,
): string {
  const split = g.reshape(turned(g, k), 3, 3, inputs / block, block, outputs / block, block);
  return g.reshape(g.transpose(split, 2, 4, 0, 1, 5, 3), inputs, outputs, 3, 3);
}

/** Blocked [batch, channels, ...] -> plain [batch, channels, ...]. */
function unblock(g: TrainingGraphWriter, x: string, channels: number): string {
  return g.op('ReorderOutput', [x], { channels }, blocked);
}

/** Each 16 rows of [groups, 16, length] become the innermost dimension: [groups, length, 16]. */
function interleave(g: TrainingGraphWriter, x: string, groups: number, length: number): string {
  return g.op('ReorderInput', [g.reshape(x, groups, block, 1, length)], {}, blocked);
}

/**
 * Kernel gradient as a convolution whose channels are the pictures of the batch: the filter is d with
 * 16 pictures in a block, the picture is h with 16 pictures in a block. The 16 channels of a pixel of h
 * lie beside each other along the width, hence the dilation; the result's width is 3 taps x 16 channels.
 * One group for each 16 pictures, summed afterwards.
 */
function kernelGradient(
  g: TrainingGraphWriter,
  h: string,
  d: string,
  {
    batch,
    inputs,
    outputs,
    from,
    to,
  }: Record<'batch' | 'inputs' | 'outputs' | 'from' | 'to', number>,
): string {
  const groups = batch / block;
  const outputBlocks = outputs / block;
  const pixels = outputBlocks * to * to;
  const swapped = interleave(g, d, groups, pixels * block);
  const filter = g.reshape(
    unblock(g, g.reshape(swapped, groups * pixels, block, 1, block), block),
    groups * outputs,
    block,
    to,
    to,
  );
  const parts = g.split(
    g.reshape(h, batch, inputs / block, from * from * block),
    1,
    inputs / block,
  );
  const kernels = parts.map((part) => {
    const pictures = interleave(g, part, groups, from * from * block);
    const each = g.op(
      'Conv',
      [g.reshape(pictures, 1, batch, from, from * block), filter],
      { kernel_shape: [to, to], dilations: [1, block], group: groups },
      blocked,
    );
    const total = g.sum(g.reshape(each, groups, outputs * 3 * 3 * block), 0);
    // [out/16, 3, 3, 16 in, 16 out] -> [3, 3, 16 in, out/16, 16 out]
    return g.transpose(g.reshape(total, outputBlocks, 3, 3, block, block), 1, 2, 3, 0, 4);
  });
  return g.reshape(g.op('Concat', kernels, { axis: 2 }), 3, 3, inputs, outputs);
}

export function cnnBlocked(workload: Workload = workloads.cnn): TrainingGraph {
  const { batch } = workload;
  const blocks = filters.second / block;
  const rows = batch * blocks * sides.pooled;
  const pixels = sides.pooled * sides.pooled;
  const relu = { activation: 'Relu', kernel_shape: [3, 3] };
  /** 1 where a corner is the largest of its window, else 0, given that none is larger. */
  const isLargest = (g: TrainingGraphWriter, corner: string, largest: string): string =>
    g.op('HardSigmoid', [g.op('Sub', [corner, largest])], {
      alpha: { float: 1e38 },
      beta: { float: 1 },
    });

  return cnnStep((g, { k1, b1, k2, b2 }) => {
    const x = g.reshape('x', batch, 1, sides.input, sides.input);
    const split1 = g.reshape(k1, 3, 3, 1, filters.first / block, block);
    const w1 = g.reshape(g.transpose(split1, 3, 2, 0, 1, 4), filters.first, 1, 3, 3);
    const h1 = g.op('Conv', [x, w1, b1], relu, blocked);
    const w2 = blockKernel(g, k2, filters.first, filters.second);
    const h2 = g.op('Conv', [h1, w2, b2], relu, blocked);

    // The four corners of every window, in reading order, and their largest.
    const halves = g.split(g.reshape(h2, rows, 2, sides.second * block), 1, 2);
    const corners = halves.flatMap((half) =>
      g.split(g.reshape(half, rows * sides.pooled, 2, block), 1, 2),
    );
    const [a, b, c, d] = corners as [string, string, string, string];
    const pooled = g.op('Max', [g.op('Max', [a, b]), g.op('Max', [c, d])]);
    const channelsLast = g.transpose(g.reshape(pooled, batch, blocks, pixels, block), 0, 2, 1, 3);
    const features = g.reshape(channelsLast, batch, flat);

    return {
      features,
      backward(gradient) {
        // The largest of a window is above zero exactly where its relu lets the gradient pass.
        const masked = g.maskRelu(gradient, features);
        g.descend(b2, g.sumRows(masked, batch * pixels, filters.second));
        const perBlock = g.transpose(g.reshape(masked, batch, pixels, blocks, block), 0, 2, 1, 3);

        // The first largest corner takes the whole gradient; what is left goes on to the next.
        let left = g.reshape(perBlock, rows * sides.pooled, 1, block);
        const shares: string[] = [];
        for (const corner of [a, b, c]) {
          const share = g.op('Mul', [left, isLargest(g, corner, pooled)]);
          left = g.op('Sub', [left, share]);
          shares.push(share);
        }
        const [da, db, dc] = shares as [string, string, string];
        const row = (l: string, r: string): string =>
          g.reshape(g.op('Concat', [l, r], { axis: 1 }), rows, 1, sides.second * block);
        const unpooled = g.op('Concat', [row(da, db), row(dc, left)], { axis: 1 });
        const d2 = g.reshape(unpooled, batch, filters.second, sides.second, sides.second);

        const back = blockKernelBack(g, k2, filters.first, filters.second);
        const full = { kernel_shape: [3, 3], pads: [2, 2, 2, 2] };
        const d1 = g.maskRelu(g.op('Conv', [d2, back], full, blocked), h1);
        const shape = { inputs: filters.first, outputs: filters.second };
        const grid = { batch, from: sides.first, to: sides.second };
        g.descend(k2, kernelGradient(g, h1, d2, { ...shape, ...grid }));

        const plain1 = unblock(g, d1, filters.first);
        const first = { batch, inputs: 1, outputs: filters.first, side: sides.first };
        const gradient1 = kernelGradientByTaps(g, x, plain1, first);
        g.descend(k1, g.reshape(gradient1, 3, 3, 1, filters.first));
        g.descend(b1, g.sum(plain1, 0, 2, 3));
      },
    };
  }, workload);
}

import type { BlockedOperators } from './blocked.ts';
import type { Builder, Value } from './builder.ts';

/**
 * A value in the layouts in which it exists so far: `plain`, as the graph has it; `turned`, with the
 * channel axis at the other end; `blocked` (see blocked.ts; its shape reads [B, C, H, W]). `axis` is the
 * place of the channels in the plain form: 1, or the last. At least one form is there, the others are
 * made when they are asked for.
 */
export interface Forms {
  readonly axis: number;
  plain?: Value;
  turned?: Value;
  blocked?: Value;
  /** Nothing but the next operation reads it, so that one may be built into this one. */
  readonly exclusive: boolean;
}

/** The order of axes that moves channels to the end: [0, 2, 3, 1] for images. */
export function toLast(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

/** The order of axes that moves channels to the front: [0, 3, 1, 2] for images. */
export function toFirst(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
}

export function plainForm(b: Builder, blocks: BlockedOperators | undefined, forms: Forms): Value {
  if (!forms.plain) {
    const { axis, turned, blocked } = forms;
    if (turned) {
      const rank = turned.shape.length;
      forms.plain = b.transpose(turned, axis === 1 ? toFirst(rank) : toLast(rank));
    } else {
      forms.plain =
        axis === 1 ? blocks!.toChannelsFirst(blocked!) : blocks!.toChannelsLast(blocked!);
    }
  }
  return forms.plain;
}

export function turnedForm(
  b: Builder,
  blocks: BlockedOperators | undefined,
  forms: Forms,
  axis: number,
): Value {
  if (forms.turned && forms.axis === axis) return forms.turned;
  let turned: Value;
  if (forms.blocked && forms.axis === axis) {
    turned =
      axis === 1 ? blocks!.toChannelsLast(forms.blocked) : blocks!.toChannelsFirst(forms.blocked);
  } else {
    const plain = plainForm(b, blocks, forms);
    const rank = plain.shape.length;
    turned = b.transpose(plain, axis === 1 ? toLast(rank) : toFirst(rank));
  }
  if (forms.axis === axis) forms.turned = turned;
  return turned;
}

export function blockedForm(
  b: Builder,
  blocks: BlockedOperators,
  forms: Forms,
  axis: number,
): Value {
  if (forms.axis !== axis) {
    const plain = plainForm(b, blocks, forms);
    return axis === 1 ? blocks.fromChannelsFirst(plain) : blocks.fromChannelsLast(plain);
  }
  if (!forms.blocked) {
    const first = axis === 1 ? forms.plain : forms.turned;
    const last = axis === 1 ? forms.turned : forms.plain;
    forms.blocked = first ? blocks.fromChannelsFirst(first) : blocks.fromChannelsLast(last!);
  }
  return forms.blocked;
}

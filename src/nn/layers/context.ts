import type { Tensor } from '../../tensor/tensor.ts';

/**
 * What layers share while one calls another: whether this is training, and the losses that are added on
 * the way. Calls nest like functions, so this is a stack.
 */
export interface CallContext {
  readonly training: boolean;
  readonly losses: Tensor[];
  /** The layer that is being called, if the call comes from one. */
  readonly layer?: object;
}

const stack: CallContext[] = [];

export function currentCall(): CallContext | undefined {
  return stack.at(-1);
}

export function withinCall<T>(context: CallContext, body: () => T): T {
  stack.push(context);
  try {
    return body();
  } finally {
    stack.pop();
  }
}

import { isMulticlass, type PlaygroundState } from './state.ts';

/** What follows from the problem for the output layer. */

export function outputUnits(s: PlaygroundState): number {
  return isMulticlass(s) ? s.classes : 1;
}

export function outputActivation(s: PlaygroundState): string {
  if (s.problem === 'regression') return 'linear';
  if (isMulticlass(s)) return 'softmax';
  return s.loss === 'crossentropy' ? 'sigmoid' : 'tanh';
}

import { defaultState, type PlaygroundState } from './state.ts';

/** Ready-made settings, each with a short text (in the dictionaries, under its name). */

export interface Lesson {
  readonly id: string;
  readonly changes: Partial<PlaygroundState>;
}

const layer = (units: number) => ({ units, dropout: 0, batchNorm: false });
const gate: Partial<PlaygroundState> = {
  noise: 5,
  percTrainData: 50,
  batchSize: 4,
  learningRate: 0.1,
};

export const lessons: readonly Lesson[] = [
  {
    id: 'perceptron',
    changes: { ...gate, dataset: 'line', layers: [], noise: 0, speed: 'classic' },
  },
  { id: 'and', changes: { ...gate, dataset: 'and', layers: [] } },
  { id: 'or', changes: { ...gate, dataset: 'or', layers: [] } },
  { id: 'xorOneNeuron', changes: { ...gate, dataset: 'gatexor', layers: [] } },
  { id: 'xor', changes: { ...gate, dataset: 'gatexor', layers: [layer(2)] } },
  {
    id: 'features',
    changes: { dataset: 'circle', layers: [], features: ['xSquared', 'ySquared'] },
  },
  {
    id: 'vanishing',
    changes: {
      dataset: 'circle',
      layers: Array.from({ length: 8 }, () => layer(4)),
      activation: 'sigmoid',
      speed: 'fast',
    },
  },
  {
    id: 'deadRelu',
    changes: { dataset: 'circle', activation: 'relu', learningRate: 3, layers: [layer(8)] },
  },
  {
    id: 'overfitting',
    changes: {
      dataset: 'gauss',
      noise: 50,
      percTrainData: 10,
      layers: [layer(8), layer(8)],
      optimizer: 'adam',
      learningRate: 0.01,
      showTestData: true,
    },
  },
  {
    id: 'softmax',
    changes: {
      dataset: 'spiral',
      classes: 3,
      layers: [layer(16), layer(8)],
      optimizer: 'adam',
      learningRate: 0.01,
      activation: 'relu',
    },
  },
];

/** The state of a lesson: its changes on the defaults. */
export function lessonState(id: string): PlaygroundState | undefined {
  const found = lessons.find((l) => l.id === id);
  return found && { ...defaultState, ...found.changes, lesson: id };
}

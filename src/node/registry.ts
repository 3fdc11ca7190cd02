/** The recipes and explanations there are, and how each is loaded when it is asked for. */
import type { Explain, Recipe } from './recipe.ts';

export interface RecipeEntry {
  name: string;
  /** What is learned, in a few words. */
  summary: string;
  /** The data it learns from. */
  data: string;
  load(): Promise<Recipe>;
}

export interface ExplanationEntry {
  name: string;
  summary: string;
  load(): Promise<Explain>;
}

export interface Registry {
  recipes: readonly RecipeEntry[];
  explanations: readonly ExplanationEntry[];
}

/** Loads a module from the folder of recipes, which lies beside src/ in the source and in dist/. */
async function loadModule<T>(file: string, exported: string): Promise<T> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const url = new URL(`../../recipes/${file}.${extension}`, import.meta.url).href;
  const module = await import(/* @vite-ignore */ url);
  if (module[exported] === undefined) {
    throw new Error(`recipes/${file} does not export "${exported}"`);
  }
  return module[exported];
}

function recipe(name: string, data: string, summary: string): RecipeEntry {
  return { name, data, summary, load: () => loadModule<Recipe>(name, 'recipe') };
}

function explanation(name: string, summary: string): ExplanationEntry {
  return { name, summary, load: () => loadModule<Explain>(`explain-${name}`, 'explain') };
}

export const registry: Registry = {
  recipes: [
    recipe('gates', 'logic gates', 'AND, OR and NOT by one neuron, XOR by a hidden layer'),
    recipe('iris-perceptron', 'iris', "Rosenblatt's perceptron tells two kinds of iris apart"),
    recipe('iris', 'iris', 'a small network tells three kinds of iris apart'),
    recipe('mpg', 'auto-mpg', 'regression: how far a car goes on a gallon'),
    recipe('wine', 'wine', 'three growers of wine from thirteen measurements'),
    recipe('mnist', 'mnist', 'handwritten digits by a dense network'),
    recipe('mnist-dropout', 'mnist', 'the same against overfitting, with dropout'),
    recipe('mnist-cnn', 'mnist', 'handwritten digits by a convolutional network'),
    recipe('mnist-ensemble', 'mnist', 'five of them on distorted digits; takes hours'),
    recipe('autoencoder', 'mnist', 'digits squeezed into 32 numbers and drawn again'),
    recipe('gan', 'mnist', 'digits drawn from noise by two networks that compete'),
    recipe('conv3d', 'made up', 'balls, boxes, rings and crosses in space'),
    recipe('time-series', 'airline', 'airline passengers of the next months by an LSTM'),
    recipe('lstm-text', 'imdb', 'the mood of a text, word by word, by an LSTM'),
    recipe('char-gpt', 'text', 'a small transformer that learns to write'),
  ],
  explanations: [explanation('xor', 'how a hidden layer makes XOR separable, step by step')],
};

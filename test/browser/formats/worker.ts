/** Loads a model in a worker and answers with what it predicts. */
import { loadModel, setDevice, tensor } from '../../../src/index.ts';
import type { Numbers } from './page.ts';

setDevice('js');

self.onmessage = async ({ data }: MessageEvent<{ source: string; x: Numbers }>) => {
  try {
    const model = await loadModel(data.source);
    const result = await model.predict(tensor([...data.x.values], [...data.x.shape]));
    self.postMessage(Array.from(await result.data()));
  } catch (error) {
    self.postMessage((error as Error).message);
  }
};

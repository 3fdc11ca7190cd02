import { createJsEngine } from '../../src/engines/js/engine.ts';
import { onDeviceWarning, registerEngine } from '../../src/tensor/device.ts';
import { distributions, lossSurface, searchRate, walkSample } from './core/analysis.ts';
import { libraryCatalog } from './core/catalog.ts';
import { Pace } from './core/pace.ts';
import type { FromWorker, RequestName, SurfaceRequest, ToWorker } from './core/protocol.ts';
import { sanitize } from './core/state.ts';
import { Trainer } from './core/trainer.ts';

/**
 * Trains away from the page. While it plays, a loop trains for a few milliseconds, lets messages in and,
 * when the page has drawn the last frame, sends another.
 */

registerEngine('js', async () => createJsEngine());
// The page gives the folder of its script as the worker's name: a worker from a blob has no place.
registerEngine('cpu', async () => {
  const { createEngine } = await import(new URL('nabla-onnx.js', self.name).href);
  return createEngine(self.name);
});
onDeviceWarning((message) => console.warn(`nabla playground: ${message}`));

/** Milliseconds of training between looks at the messages. */
const BURST = 8;
const DISTRIBUTIONS_EVERY = 120;

const catalog = libraryCatalog();
const pace = new Pace();
let trainer: Trainer | undefined;
let playing = false;
let looping = false;
/** The page has drawn what it was sent. */
let drawn = true;
/** There is something new to show. */
let stale = false;
let visible = true;
let watchDistributions = false;
let lastDistributions = 0;
let epochsPerSecond = 0;
let rateFrom = { time: 0, epoch: 0 };
let stopped: 'epoch' | 'loss' | undefined;
let turn: Promise<unknown> = Promise.resolve();

const scope = self as unknown as {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};
const send = (message: FromWorker, transfer: Transferable[] = []) =>
  scope.postMessage(message, transfer);

/** Lets messages in: a message channel, because timers wait for milliseconds. */
const channel = new MessageChannel();
let wake: (() => void) | undefined;
channel.port1.onmessage = () => wake?.();
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    wake = resolve;
    channel.port2.postMessage(0);
  });

function sendFrame(force = false): void {
  if (!trainer || (!force && (!drawn || !stale))) return;
  if (!visible && !force) return;
  const now = performance.now();
  const frame = {
    ...trainer.frame(true, { playing, epochsPerSecond }),
    ...(stopped ? { stopped } : {}),
  };
  const withDistributions =
    watchDistributions && (force || now - lastDistributions > DISTRIBUTIONS_EVERY);
  if (withDistributions) lastDistributions = now;
  const transfer: Transferable[] = [
    ...(frame.maps ?? []).map((m) => m.buffer as ArrayBuffer),
    ...(frame.output ? [frame.output.buffer as ArrayBuffer] : []),
  ];
  const message = withDistributions ? { ...frame, distributions: distributions(trainer) } : frame;
  stale = false;
  drawn = false;
  send({ type: 'frame', frame: message }, transfer);
}

function sendLayout(reset: boolean): void {
  if (trainer) send({ type: 'layout', layout: trainer.layout(), reset });
}

function noteSpeed(now: number): void {
  const passed = now - rateFrom.time;
  if (passed < 250) return;
  epochsPerSecond = ((trainer!.epoch - rateFrom.epoch) * 1000) / passed;
  rateFrom = { time: now, epoch: trainer!.epoch };
}

/** Whether a stop condition holds. */
function shouldStop(): boolean {
  const { stopEpoch, stopLoss } = trainer!.state;
  if (stopEpoch > 0 && trainer!.epoch >= stopEpoch) {
    stopped = 'epoch';
    return true;
  }
  if (stopLoss > 0) {
    const { loss } = trainer!.evaluate(trainer!.test);
    if (loss <= stopLoss) {
      stopped = 'loss';
      return true;
    }
  }
  return false;
}

/** Trains what is due for at most a burst. Returns false when training has ended. */
async function burst(): Promise<boolean> {
  const started = performance.now();
  const due = pace.due(started);
  let done = 0;
  let going = true;
  while (going && done < due && performance.now() - started < BURST) {
    going = trainer!.awaited ? await trainer!.trainEpochAnywhere() : trainer!.trainEpoch();
    done++;
    stale = true;
    if (going && shouldStop()) going = false;
  }
  if (done < due) pace.forget();
  else pace.done(done);
  noteSpeed(performance.now());
  return going;
}

async function loop(): Promise<void> {
  if (looping) return;
  looping = true;
  while (playing && trainer) {
    const going = await burst();
    if (!going) playing = false;
    sendFrame(!going);
    // With nothing due the processor rests until the next frame.
    await (stale || !going ? breathe() : new Promise((r) => setTimeout(r, 4)));
    await turn;
  }
  looping = false;
}

function play(): void {
  if (!trainer || trainer.trouble) return;
  const now = performance.now();
  stopped = undefined;
  playing = true;
  pace.start(trainer.state.speed, now);
  rateFrom = { time: now, epoch: trainer.epoch };
  void loop();
}

async function configure(message: Extract<ToWorker, { type: 'configure' | 'reset' }>) {
  const state = sanitize(message.state, catalog);
  let reset = true;
  if (!trainer) trainer = await Trainer.create(state);
  else if (message.type === 'reset') await trainer.reset(state);
  else reset = await trainer.configure(state);
  if (message.type === 'configure' && message.snapshot) {
    await trainer.reset(state);
    trainer.restore(message.snapshot);
    reset = true;
  }
  if (reset) {
    stopped = undefined;
    epochsPerSecond = 0;
    rateFrom = { time: performance.now(), epoch: 0 };
  }
  pace.change(state.speed, performance.now());
  sendLayout(reset);
  stale = true;
  sendFrame(true);
}

async function answer(name: RequestName, input: unknown): Promise<unknown> {
  if (!trainer) throw new Error('there is no network yet');
  const rest = () => (playing ? new Promise<void>((r) => setTimeout(r, 0)) : breathe());
  switch (name) {
    case 'surface':
      return lossSurface(trainer, input as SurfaceRequest, rest);
    case 'findRate':
      return searchRate(trainer, rest);
    case 'walk': {
      const { sample, apply } = input as { sample: number; apply: boolean };
      const walk = await walkSample(trainer, sample, apply);
      if (apply) {
        stale = true;
        sendFrame(true);
      }
      return walk;
    }
    case 'snapshot':
      return trainer.snapshot();
  }
}

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'configure':
    case 'reset':
      return configure(message);
    case 'play':
      return play();
    case 'pause':
      playing = false;
      stale = true;
      return sendFrame(true);
    case 'step':
      playing = false;
      stopped = undefined;
      if (message.unit === 'epoch') await trainer?.trainEpochAnywhere();
      else await trainer?.trainBatchAnywhere();
      stale = true;
      return sendFrame(true);
    case 'drawn':
      drawn = true;
      return sendFrame();
    case 'watch':
      watchDistributions = message.distributions;
      visible = message.visible;
      stale = true;
      return sendFrame();
    case 'edit':
      trainer?.edit(message.address, message.value);
      stale = true;
      return sendFrame(true);
    case 'request': {
      const { id, name, in: input } = message;
      try {
        send({ type: 'answer', id, out: await answer(name, input) });
      } catch (error) {
        send({
          type: 'failed',
          id,
          message: error instanceof Error ? error.message : String(error),
        });
      }
    }
  }
}

scope.onmessage = ({ data }) => {
  // What changes the network waits for what is being computed on it.
  const work = async () => {
    try {
      await handle(data);
    } catch (error) {
      send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  };
  if (data.type === 'drawn' || data.type === 'pause' || data.type === 'watch') void work();
  else turn = turn.then(work);
};
send({ type: 'ready', catalog });

/**
 * Who is measured: Nabla, the hand-written graphs, and other libraries where they are installed. A
 * library that is missing is named with the way to install it, never a failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder, type Command, typescript } from './processes.ts';
import { type WorkloadName, workloadNames } from './workloads.ts';

export interface Contender {
  name: string;
  workloads: readonly WorkloadName[];
  /** False when it knows one thread only; else it is measured with one and with all. */
  threaded: boolean;
  command(workload: WorkloadName, threads: number, seconds: number): Command;
  /** What is missing and how to get it; undefined when it can run. */
  missing(): string | undefined;
}

const all: readonly WorkloadName[] = workloadNames;

function program(path: string, ...rest: string[]): Contender['command'] {
  return (workload, threads, seconds) =>
    typescript(path, [workload, String(threads), String(seconds), ...rest]);
}

/** Debian's, not whatever python3 the PATH finds first: its packages come from apt. Or one that is named. */
const python = process.env.BENCH_PYTHON ?? '/usr/bin/python3';

function pythonProgram(file: string): Contender['command'] {
  return (workload, threads, seconds) => ({
    file: python,
    args: [join(benchFolder, 'peers', file), workload, String(threads), String(seconds)],
    env: { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) },
  });
}

function pythonModule(module: string, debianPackage: string): () => string | undefined {
  return () => {
    const { status } = spawnSync(python, ['-c', `import ${module}`]);
    return status === 0 ? undefined : `apt install ${debianPackage}`;
  };
}

function peerPackage(name: string): () => string | undefined {
  return () =>
    existsSync(join(benchFolder, 'peers/node_modules', name, 'package.json'))
      ? undefined
      : 'npm run bench:peers';
}

const present = (): undefined => undefined;

export const contenders: readonly Contender[] = [
  {
    name: 'nabla fit',
    workloads: all,
    threaded: true,
    command: program('nabla/main.ts', 'fit'),
    missing: present,
  },
  {
    name: 'nabla trainOnBatch',
    workloads: all,
    threaded: true,
    command: program('nabla/main.ts', 'trainOnBatch'),
    missing: present,
  },
  {
    name: 'nabla fit, js engine',
    workloads: ['tiny'],
    threaded: false,
    command: program('nabla/main.ts', 'fit', 'js'),
    missing: present,
  },
  {
    name: 'nabla trainOnBatch, js engine',
    workloads: ['tiny'],
    threaded: false,
    command: program('nabla/main.ts', 'trainOnBatch', 'js'),
    missing: present,
  },
  {
    name: 'yardstick',
    workloads: all,
    threaded: true,
    command: program('yardstick/main.ts'),
    missing: present,
  },
  {
    name: 'yardstick, tuned',
    workloads: all,
    threaded: true,
    command: program('yardstick/main.ts', 'tuned'),
    missing: present,
  },
  {
    name: 'torch',
    workloads: all,
    threaded: true,
    command: pythonProgram('torch_steps.py'),
    missing: pythonModule('torch', 'python3-torch'),
  },
  {
    name: 'scikit-learn',
    // It has no convolutions.
    workloads: ['mlp', 'mlp-adam', 'tiny'],
    threaded: true,
    command: pythonProgram('sklearn_steps.py'),
    missing: pythonModule('sklearn', 'python3-sklearn'),
  },
  {
    name: 'jax-js',
    // A step of the CNN takes over ten seconds; it has no recurrent layers and no attention of its own.
    workloads: ['mlp', 'mlp-adam', 'tiny'],
    threaded: false,
    command: program('peers/jax.ts'),
    missing: peerPackage('@jax-js/jax'),
  },
  {
    name: 'tfjs wasm',
    // Its kernels lack the gradient of a convolution's filter.
    workloads: ['mlp', 'mlp-adam', 'tiny'],
    threaded: false,
    command: program('peers/tfjs.ts', 'wasm'),
    missing: peerPackage('@tensorflow/tfjs-backend-wasm'),
  },
  {
    name: 'tfjs cpu',
    // A step of the CNN or of the LSTM takes over ten seconds.
    workloads: ['mlp', 'mlp-adam', 'tiny'],
    threaded: false,
    command: program('peers/tfjs.ts', 'cpu'),
    missing: peerPackage('@tensorflow/tfjs'),
  },
  {
    name: 'brain.js',
    workloads: ['tiny'],
    threaded: false,
    command: program('peers/brain.ts'),
    missing: peerPackage('brain.js'),
  },
];

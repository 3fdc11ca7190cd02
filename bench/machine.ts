import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

/** The circumstances of a run, without which its numbers mean nothing. */
export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${process.arch}`,
    node: process.versions.node,
  };
}

export function machineLine({ date, cpu, cores, memoryGb, system, node }: Machine): string {
  return `${date}, ${cpu}, ${cores} cores, ${memoryGb} GiB, ${system}, Node ${node}`;
}

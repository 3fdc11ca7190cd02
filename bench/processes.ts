import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const benchFolder = dirname(fileURLToPath(import.meta.url));
export const rootFolder = dirname(benchFolder);

export interface Command {
  file: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** A program of this folder, run by the same Node with the same way to read TypeScript. */
export function typescript(
  program: string,
  args: readonly string[],
  nodeFlags: string[] = [],
): Command {
  const loader = join(benchFolder, 'typescript.js');
  return {
    file: process.execPath,
    args: [...nodeFlags, '--import', loader, join(benchFolder, program), ...args],
  };
}

export interface Outcome {
  /** 0 when it went well; undefined when it was stopped for taking too long or crashed. */
  status: number | undefined;
  /** The signal that ended it, such as SIGSEGV. */
  signal?: string;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end, at most `limitMs`. */
export function run(
  { file, args, env }: Command,
  limitMs: number,
  cwd = rootFolder,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let late = false;
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limitMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const ended = late ? {} : { signal: signal ?? undefined };
      resolve({ status: code ?? undefined, ...ended, stdout, stderr });
    });
  });
}

/** Why a program ended badly: the line of its error message, or the last thing it said. */
export function complaint({ status, signal, stderr }: Outcome, limitMs: number): string {
  if (signal !== undefined) return `crashed with ${signal}`;
  if (status === undefined) return `stopped after ${limitMs / 1000} s`;
  const lines = stderr.split('\n').map((l) => l.trim());
  return (
    lines.findLast((l) => /^(\w*Error|\w+Exception)\b.*: /.test(l)) ??
    lines.findLast((l) => l !== '') ??
    `exit code ${status}`
  );
}

/** The JSON of the last line of output, in which a measuring program leaves its result. */
export function lastJson<T>({ stdout }: Outcome): T {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

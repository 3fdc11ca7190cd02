/**
 * `npm run bench`: measures Nabla beside the hand-written graphs and other libraries, in one run.
 * `npm run bench -- soak` watches memory over many steps, `-- cold-start` the command line's start,
 * `-- roofline` the machine alone.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { coldStart } from './cold-start.ts';
import { type Comparison, compare } from './compare.ts';
import { describeMachine } from './machine.ts';
import { formatReport, type Results } from './report.ts';
import { higher, measureRooflines } from './roofline.ts';
import { soak } from './soak.ts';
import { type WorkloadName, workloadNames } from './workloads.ts';

const usage = `npm run bench -- [what] [options]

what:
  compare       all contenders side by side (the default)
  roofline      the machine's limits and each workload's floor
  soak          memory over 20,000 steps of the tiny network and 400 of the MLP
  cold-start    nabla train iris from process start to its end

options:
  --only <names>     workloads, separated by commas: ${workloadNames.join(', ')}
  --names <parts>    only contenders whose names contain one of these, separated by commas
  --rounds <n>       how often the contenders take turns (5)
  --seconds <n>      how long each measurement lasts (2)
  --quick            two rounds of half a second
  --markdown         tables of Markdown, for docs/performance.md
  --json <file>      write all results there as well
  --subject <name>   soak: nabla (the default) or yardstick
`;

function fail(message: string): never {
  process.stderr.write(`error: ${message}\n\n${usage}`);
  process.exit(2);
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        names: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        markdown: { type: 'boolean', default: false },
        json: { type: 'string' },
        subject: { type: 'string', default: 'nabla' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    return fail((error as Error).message);
  }
}

function number(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!(value > 0)) fail(`${flag} is "${text}"; expected a number above 0`);
  return value;
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((part) => part !== '');
}

const { values, positionals } = parse();
const [what = 'compare', ...surplus] = positionals;
if (surplus.length > 0) fail(`received "${surplus.join(' ')}" after "${what}"`);

const only = list(values.only);
for (const name of only) {
  if (!workloadNames.includes(name as WorkloadName)) fail(`there is no workload "${name}"`);
}
const chosen = workloadNames.filter((name) => only.length === 0 || only.includes(name));
const seconds = number('--seconds', values.seconds, values.quick ? 0.5 : 2);
const rounds = Math.ceil(number('--rounds', values.rounds, values.quick ? 2 : 5));
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const log = (line: string): void => void process.stderr.write(`${line}\n`);

async function measure(comparing: boolean): Promise<void> {
  const before = await measureRooflines(seconds, log);
  const comparison: Comparison | undefined = comparing
    ? await compare({ workloads: chosen, names: list(values.names), rounds, seconds, log })
    : undefined;
  // A second look, in case the machine was busy with something else during the first.
  const rooflines = comparing ? higher(before, await measureRooflines(seconds, log)) : before;
  const results: Results = {
    machine: describeMachine(),
    rooflines,
    workloads: chosen,
    ...comparison,
  };
  process.stdout.write(formatReport(results, values.markdown));
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

const soakSteps: Partial<Record<WorkloadName, number>> = { tiny: 20_000, mlp: 400 };

async function soakAll(): Promise<void> {
  const { subject } = values;
  if (subject !== 'nabla' && subject !== 'yardstick') {
    fail(`--subject is "${subject}"; expected nabla or yardstick`);
  }
  for (const name of chosen) {
    const steps = soakSteps[name];
    if (steps === undefined) continue;
    const flat = await soak(name, values.quick ? steps / 10 : steps, subject, print);
    if (!flat) process.exitCode = 1;
  }
}

if (values.help) process.stdout.write(usage);
else if (what === 'compare') await measure(true);
else if (what === 'roofline') await measure(false);
else if (what === 'soak') await soakAll();
else if (what === 'cold-start') {
  if (!(await coldStart(values.quick ? 3 : 11, print))) process.exitCode = 1;
} else fail(`there is no "${what}"`);

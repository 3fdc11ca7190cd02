/** `nabla list`: the recipes there are. */
import type { CommandContext } from '../command-context.ts';
import { colorWanted, createStyle, formatTable } from '../terminal.ts';

export function list({ stdout, environment, registry }: CommandContext): number {
  const style = createStyle(colorWanted(stdout, environment));
  const rows = registry.recipes.map(({ name, data, summary }) => [style.cyan(name), data, summary]);
  const lines = [
    ...formatTable(['recipe', 'data', 'what is learned'], rows, style),
    '',
    style.dim('Run one with "nabla train <recipe>"; "nabla train --help" shows the options.'),
  ];
  stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

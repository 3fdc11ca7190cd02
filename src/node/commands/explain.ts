/** `nabla explain <name>`: an idea of the field, worked through with numbers on the terminal. */
import type { CommandContext } from '../command-context.ts';
import { colorWanted, createStyle, formatTable } from '../terminal.ts';
import { unknownName } from '../usage-error.ts';

export async function explain(name: string, context: CommandContext): Promise<number> {
  const { stdout, environment, registry } = context;
  const entry = registry.explanations.find((e) => e.name === name.toLowerCase());
  if (entry === undefined) {
    throw unknownName(
      'explanation',
      name,
      registry.explanations.map((e) => e.name),
    );
  }
  const run = await entry.load();
  const style = createStyle(colorWanted(stdout, environment));
  const log = (line: string): void => {
    stdout.write(`${line}\n`);
  };
  await run({
    style,
    log,
    table: (header, rows) => {
      for (const line of formatTable(header, rows, style)) log(line);
    },
  });
  return 0;
}

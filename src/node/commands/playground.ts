/** `nabla playground`: serves the network playground until Ctrl-C. */
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { CommandContext } from '../command-context.ts';
import { type StaticServer, serveFolder } from '../static-server.ts';
import { colorWanted, createStyle } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export interface PlaygroundFlags {
  port?: number;
  host?: string;
}

const defaultPort = 7007;

/** The built page: dist/apps beside dist/src, also when the source itself runs. */
function pageFolder(): string {
  const fromSource = import.meta.url.endsWith('.ts');
  const path = fromSource ? '../../../dist/apps/playground' : '../../../apps/playground';
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Without a port of the user's, the next free one. */
async function start(folder: string, flags: PlaygroundFlags): Promise<StaticServer> {
  const host = flags.host ?? '127.0.0.1';
  try {
    return await serveFolder({ folder, port: flags.port ?? defaultPort, host });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' && flags.port === undefined) {
      return serveFolder({ folder, port: 0, host });
    }
    const reasons: Record<string, string> = {
      EADDRINUSE: 'it is in use',
      EACCES: 'permission denied',
      EADDRNOTAVAIL: `this machine has no address ${host}`,
      ENOTFOUND: `${host} is not known`,
    };
    throw new UsageError(
      `cannot listen on port ${flags.port ?? defaultPort}: ${reasons[code ?? ''] ?? code}`,
    );
  }
}

export async function playground(
  flags: PlaygroundFlags,
  { stdout, environment, signals }: CommandContext,
): Promise<number> {
  const folder = pageFolder();
  try {
    await access(`${folder}/index.html`);
  } catch {
    throw new Error(`the playground is not built (${folder}); run "npm run build"`);
  }
  const server = await start(folder, flags);
  const style = createStyle(colorWanted(stdout, environment));
  stdout.write(`Playground: ${style.cyan(server.url)}\n${style.dim('Stop it with Ctrl-C.')}\n`);
  await new Promise<void>((done) => {
    const stop = () => {
      signals.off('SIGINT', stop);
      signals.off('SIGTERM', stop);
      done();
    };
    signals.on('SIGINT', stop);
    signals.on('SIGTERM', stop);
  });
  await server.close();
  return 0;
}

import { readFileSync } from 'node:fs';

/** Version of an installed peer, from its package.json, which not every package lets one import. */
export function peerVersion(name: string): string {
  const file = new URL(`./node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

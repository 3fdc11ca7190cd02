/** Builds the playground into a folder; resolves to the compressed size in bytes of its script. */
export function buildPlayground(out?: string): Promise<number>;

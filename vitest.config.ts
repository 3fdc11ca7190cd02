import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^nabla$/, replacement: source('./src/node.ts') },
      { find: /^nabla\/datasets$/, replacement: source('./src/node-datasets.ts') },
    ],
  },
  test: {
    include: [
      'src/**/*.test.ts',
      'test/**/*.test.ts',
      'recipes/**/*.test.ts',
      'bench/**/*.test.ts',
      'apps/**/*.test.ts',
    ],
    exclude: ['test/browser/**', '**/node_modules/**', 'dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    setupFiles: ['./test/setup.ts'],
  },
});

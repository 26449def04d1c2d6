import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    conditions: ['chainrule-source', 'node'],
    alias: [{ find: /^chainrule$/, replacement: new URL('packages/chainrule/src/index.ts', import.meta.url).pathname }],
  },
  ssr: { resolve: { conditions: ['chainrule-source', 'node'] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'playground/src/**/*.test.ts',
      'examples/**/*.test.ts',
    ],
    testTimeout: 120_000,
    // vitest's own choice, one fewer than there are cores, would leave two cores to one worker
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
})

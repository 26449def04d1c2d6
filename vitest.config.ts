import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['chainrule-source', 'node'] },
  ssr: { resolve: { conditions: ['chainrule-source', 'node'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'examples/**/*.test.ts'],
    testTimeout: 120_000,
  },
})

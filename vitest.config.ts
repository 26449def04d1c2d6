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
  },
})

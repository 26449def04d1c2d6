/** The tests that take minutes or gigabytes: `npm run test:slow`. */
import base from './vitest.config.ts'

export default {
  ...base,
  test: { ...base.test, include: ['packages/*/test/**/*.slow.ts'], fileParallelism: false },
}

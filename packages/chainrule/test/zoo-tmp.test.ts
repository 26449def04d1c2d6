import { test } from 'vitest'
import { compareWithTorchvision, zoo } from './zoo.testing.ts'

for (const golden of zoo)
  test(golden.name, async () => {
    const t = performance.now()
    try {
      const r = await compareWithTorchvision(golden)
      console.log(
        golden.name,
        r,
        ((performance.now() - t) / 1000).toFixed(1),
        Math.round(process.memoryUsage().rss / 1e6),
      )
    } catch (e) {
      console.log(golden.name, String(e).slice(0, 600))
      throw e
    }
  })

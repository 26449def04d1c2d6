/** The ready networks against torchvision. The larger ones are compared by `npm run test:zoo` (zoo.slow.ts). */
import { expect, test } from 'vitest'
import { compareWithTorchvision, quick, zoo } from './zoo.testing.ts'

for (const golden of zoo.filter(c => quick.includes(c.name)))
  test(golden.name, async () => {
    const { output, gradient } = await compareWithTorchvision(golden)
    expect(output).toBeLessThan(2e-4)
    expect(gradient).toBeLessThan(2e-3)
  })

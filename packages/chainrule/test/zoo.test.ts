/** The ready networks against torchvision. The larger ones are compared by `npm run test:slow`. */
import { test } from 'vitest'
import { expectTorchvision, quick, zoo } from './zoo.testing.ts'

for (const golden of zoo.filter(c => quick.includes(c.name))) test(golden.name, () => expectTorchvision(golden))

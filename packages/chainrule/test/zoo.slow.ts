/** The networks that zoo.test.ts leaves out: those with a hundred million parameters, and the deepest. Needs 3 GB. */
import { test } from 'vitest'
import { expectTorchvision, quick, zoo } from './zoo.testing.ts'

for (const golden of zoo.filter(c => !quick.includes(c.name))) test(golden.name, () => expectTorchvision(golden))

/** What linear layers and convolutions start with: PyTorch's He uniform with a = √5, which is U(−1/√fanIn, 1/√fanIn). */
import { drawUniform } from '../tensors.ts'
import { fans, type Initialiser } from './fans.ts'

export const defaultWeight: Initialiser = shape => within(fans(shape).fanIn)(shape)
export const defaultBias = (fanIn: number): Initialiser => within(fanIn)

const within =
  (fanIn: number): Initialiser =>
  shape => {
    const bound = 1 / Math.sqrt(fanIn)
    return drawUniform(shape, -bound, bound)
  }

/**
 * mixup: each sample of a batch is blended with another one, inputs and targets alike: λ x + (1 − λ) x′, with one λ ~ Beta(α, α) for the
 * batch. Zhang, Cissé, Dauphin & Lopez-Paz 2018, "mixup: Beyond Empirical Risk Minimization", equation 1.
 */
import { OptionError } from '../errors.ts'
import { isFloat } from '../graph/dtype.ts'
import { arange, tensor } from '../tensor/create.ts'
import { permutation, uniform } from '../tensor/random.ts'
import type { AnyTensor, IntTensor, Tensor } from '../tensor/types.ts'

/** Changes a batch of training inputs and targets; part of the compiled step. */
export type Augment = (x: AnyTensor, y: AnyTensor) => readonly [x: AnyTensor, y: AnyTensor]

export interface MixupOptions {
  /** The smaller, the closer λ is to 0 or 1; 0.2 unless given. */
  readonly alpha?: number
  /** How many classes there are, when targets are classes: they become probabilities. */
  readonly classes?: number
}

/**
 * For `fit({ augment: train.mixup({ alpha: 0.2, classes: 10 }) })`. The loss must take probabilities, as crossEntropy does; metrics see
 * the mixed inputs and the classes of the first of each pair.
 * @throws OptionError for α ≤ 0, and in the first step for classes without their number
 */
export function mixup({ alpha = 0.2, classes }: MixupOptions = {}): Augment {
  if (!(alpha > 0 && Number.isFinite(alpha)))
    throw new OptionError('alpha', `mixup: alpha must be a finite number > 0, got ${alpha}`)
  const quantiles = betaQuantiles(alpha)
  return (x, y) => {
    const partner = permutation(x.shape[0]!)
    const lambda = drawBeta(quantiles)
    const blend = (t: AnyTensor): AnyTensor => {
      const own = t.toFloat()
      return own.mul(lambda).add(own.take(partner).mul(lambda.neg().add(1)))
    }
    return [blend(x), blend(isFloat(y.dtype) ? y : oneHot(y as IntTensor, classes))]
  }
}

function oneHot(labels: IntTensor, classes: number | undefined): AnyTensor {
  if (classes === undefined)
    throw new OptionError('classes', 'mixup: targets are classes; say how many there are: mixup({ classes: 10 })')
  return labels.unsqueeze(-1).eq(arange(classes).toInt()).toFloat()
}

const steps = 1024
/** The quantile at u, between its neighbours in the table. */
function drawBeta(quantiles: Float32Array): Tensor<[]> {
  const place = uniform([]).mul(steps)
  const below = place.floor()
  const at = (position: Tensor<[]>): Tensor<[]> => tensor(quantiles).take(position.toInt()) as Tensor<[]>
  const low = at(below)
  return low.add(at(below.add(1)).sub(low).mul(place.sub(below)))
}

/**
 * Quantiles of Beta(α, α) at 0, 1/1024, …, 1. With s = t^α the distribution is ∫ (1 − s^(1/α))^(α − 1) ds up to a factor, which is finite
 * for t ≤ 1/2; the rest is its mirror image.
 */
export function betaQuantiles(alpha: number): Float32Array {
  const half = 0.5 ** alpha
  const count = 1 << 14
  const density = (s: number): number => (1 - s ** (1 / alpha)) ** (alpha - 1)
  const sums = new Float64Array(count + 1)
  for (let i = 0; i < count; i++) {
    const [a, b] = [(i / count) * half, ((i + 1) / count) * half]
    sums[i + 1] = sums[i]! + ((b - a) * (density(a) + 4 * density((a + b) / 2) + density(b))) / 6
  }
  const table = new Float32Array(steps + 1)
  let i = 0
  for (let k = 0; k <= steps / 2; k++) {
    const wanted = (sums[count]! * k) / (steps / 2)
    while (i < count - 1 && sums[i + 1]! < wanted) i++
    const share = (wanted - sums[i]!) / (sums[i + 1]! - sums[i]!)
    const t = (((i + share) / count) * half) ** (1 / alpha)
    table[k] = t
    table[steps - k] = 1 - t
  }
  return table
}

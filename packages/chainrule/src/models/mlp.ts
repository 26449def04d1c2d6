/** A multilayer perceptron: linear layers with relu in between. Rumelhart et al. 1986. */
import { linear, relu, sequential, type TypedLayer } from '../nn/index.ts'
import type { LinearFn } from '../nn/layer-types.ts'

/** To types it is one linear layer: [..., I] → [..., O]. */
export interface Mlp<I extends number, O extends number> extends TypedLayer<LinearFn<I, O>> {}

/** [..., inFeatures] → [..., last size]: `mlp(784, 256, 10)`. */
export function mlp<const I extends number, const O extends number>(
  inFeatures: I,
  ...sizes: readonly [...number[], O]
): Mlp<I, O> {
  const widths: readonly number[] = [inFeatures, ...sizes]
  const layers = sizes.flatMap((out, i) => {
    const layer = linear(widths[i]!, out)
    return i + 1 < sizes.length ? [layer, relu()] : [layer]
  })
  return sequential(...layers) as unknown as Mlp<I, O>
}

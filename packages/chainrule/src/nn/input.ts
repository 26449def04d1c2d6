/** States the shape of one sample, so that a network is checked (by types as written, at run time when first fed). */

import { refuse } from '../graph/refuse.ts'
import { type Shape, sameShape, show } from '../graph/shape.ts'
import { LayerModule, type TypedLayer, typed } from './layer.ts'
import type { InputFn } from './layer-types.ts'
import type { AnyTensor } from './tensors.ts'

export class InputModule extends LayerModule {
  readonly kind = 'input'
  /** The shape of one sample, without the batch. */
  readonly sample: Shape
  constructor(sample: Shape) {
    super()
    this.sample = sample
  }
  forward(x: AnyTensor): AnyTensor {
    if (x.shape.length !== this.sample.length + 1 || !sameShape(x.shape.slice(1), this.sample))
      refuse('input', [x.shape], `expected [B, ${this.sample.join(', ')}], got ${show(x.shape)}`)
    return x
  }
  protected override arguments(): string {
    return this.sample.join(', ')
  }
}

export interface Input<D extends Shape> extends TypedLayer<InputFn<D>> {
  readonly sample: D
}
/** States that samples have this shape: `input(1, 28, 28)`. */
export const input = <const D extends Shape>(...sample: D): Input<D> => typed(new InputModule(sample))

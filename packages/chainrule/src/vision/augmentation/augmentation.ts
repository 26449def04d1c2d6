/**
 * A layer that changes the pictures it is given while training and passes them on untouched otherwise. It draws on the engine, a draw
 * for each picture of the batch, so every run of a compiled step draws anew and a resumed run draws what the first would have.
 */
import type { Node } from '../../graph/node.ts'
import { refuse } from '../../graph/refuse.ts'
import { show } from '../../graph/shape.ts'
import type { Elementwise } from '../../nn/activations/elementwise.ts'
import { LayerModule, typed } from '../../nn/layer.ts'
import { type AnyTensor, type DrawOptions, drawUniform, wrap } from '../../nn/tensors.ts'
import { asFloat } from '../../tensor/ops/operands.ts'

/** Keeps the shape [batch, channels, height, width]. */
export interface Augmentation extends Elementwise {}

/** float32 [batch] in [0, 1), anew with each call. */
export type Draw = () => Node

class AugmentationModule extends LayerModule {
  readonly kind: string
  readonly #description: string
  readonly #change: (x: Node, draw: Draw) => Node
  readonly #options: DrawOptions
  constructor(kind: string, description: string, options: DrawOptions, change: (x: Node, draw: Draw) => Node) {
    super()
    this.kind = kind
    this.#description = description
    this.#options = options
    this.#change = change
  }
  forward(x: AnyTensor): AnyTensor {
    if (x.shape.length !== 4)
      refuse(this.kind, [x.shape], `expected [batch, channels, height, width], got ${show(x.shape)}`)
    if (!this.training) return x
    return wrap(this.#change(asFloat(x.node), () => drawUniform([x.shape[0]!], 0, 1, this.#options).node))
  }
  protected override arguments(): string {
    return this.#description
  }
}

/** @param change [N, C, H, W] → the same shape */
export const augmentation = (
  kind: string,
  description: string,
  options: DrawOptions,
  change: (x: Node, draw: Draw) => Node,
): Augmentation => typed(new AugmentationModule(kind, description, options, change))

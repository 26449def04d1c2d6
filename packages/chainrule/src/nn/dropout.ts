/**
 * Inverted dropout: in training each element is 0 with probability p and x / (1 − p) otherwise, so that evaluation needs no
 * change. Srivastava et al. 2014, section 10. Every run of a compiled step draws anew.
 */
import type { Node } from '../graph/node.ts'
import { nodeOf, refuseOption } from '../graph/refuse.ts'
import type { Shape } from '../graph/shape.ts'
import { lt, mul, where } from '../tensor/ops/elementwise.ts'
import { asFloat } from '../tensor/ops/operands.ts'
import type { Elementwise } from './activations/elementwise.ts'
import { LayerModule, typed } from './layer.ts'
import { type AnyTensor, type DrawOptions, drawUniform, wrap } from './tensors.ts'

/** x with each element 0 with probability p, and x / (1 − p) otherwise. `mask`: from x's shape to that of the draws, which broadcasts. */
export function dropoutNode(
  x: Node,
  p: number,
  draws: DrawOptions,
  mask: (shape: Shape) => Shape = shape => shape,
): Node {
  const input = asFloat(x)
  if (p === 1) return mul(input, 0)
  return where(lt(drawUniform(mask(input.shape), 0, 1, draws).node, p), 0, mul(input, 1 / (1 - p)))
}

export class DropoutModule extends LayerModule {
  readonly kind: string
  readonly p: number
  readonly #options: DrawOptions
  /** From the input's shape to that of the draws, which broadcasts to it. */
  readonly #mask: (shape: Shape) => Shape
  constructor(kind: string, p: number, options: DrawOptions = {}, mask: (shape: Shape) => Shape = s => s) {
    super()
    if (!(p >= 0 && p <= 1)) refuseOption(kind, 'p', `the probability must be in [0, 1], got ${p}`)
    this.kind = kind
    this.p = p
    this.#options = options
    this.#mask = mask
  }
  forward(x: AnyTensor): AnyTensor {
    const { p } = this
    if (!this.training || p === 0) return x
    return wrap(dropoutNode(nodeOf(this.kind, x), p, this.#options, this.#mask))
  }
  protected override arguments(): string {
    return `${this.p}`
  }
}

/** Whole channels are dropped: one draw for each sample and channel. Tompson et al. 2015. */
export const channelMask = (shape: Shape): Shape => shape.map((d, i) => (i < 2 ? d : 1))

export interface Dropout extends Elementwise {
  readonly p: number
}
/** Drops elements with probability p. */
export const dropout = (p = 0.5, options?: DrawOptions): Dropout => typed(new DropoutModule('dropout', p, options))
/** Drops whole channels with probability p. PyTorch's `nn.Dropout2d`. */
export const dropout2d = (p = 0.5, options?: DrawOptions): Dropout =>
  typed(new DropoutModule('dropout2d', p, options, channelMask))

/**
 * Local response normalisation: b_c = a_c / (k + α Σ a²)^β over the n channels around c. Krizhevsky et al. 2012, section 3.3.
 * PyTorch's `nn.LocalResponseNorm(n, alpha=n·α, beta, k)`, which divides its alpha by n.
 */
import { Module } from '../nn/index.ts'
import type { Tensor } from '../tensor/types.ts'

export class LocalResponseNorm extends Module {
  readonly channels: number
  /** @param channels n, odd: c itself and (n − 1)/2 on either side, as far as there are any */
  constructor(channels: number) {
    super()
    this.channels = channels
  }
  /** [batch, channels, height, width], the same. */
  forward(x: Tensor): Tensor {
    const [k, alpha, beta] = [2, 1e-4, 0.75]
    const side = (this.channels - 1) / 2
    const count = x.shape[1]!
    const squares: Tensor = x.square().pad([0, [side, side], 0, 0])
    const shifted = Array.from(
      { length: this.channels },
      (_, i): Tensor => squares.slice([':', [i, i + count]] as never),
    )
    const sum = shifted.reduce((a, b) => a.add(b) as Tensor)
    return x.mul(sum.mul(alpha).add(k).pow(-beta)) as Tensor
  }
  override describe(): string {
    return `localResponseNorm(${this.channels})`
  }
}

/** The losses that the lecture's “L2 loss” may mean, and the one it should be compared with; for each element. */
import type { Tensor } from 'chainrule'

export type LossName = 'squared' | 'half' | 'norm' | 'bce'
type Shape = readonly number[]

export const lossNames: Readonly<Record<LossName, string>> = {
  squared: '(ŷ − y)², as the slide’s value',
  half: '½(ŷ − y)²',
  norm: '|ŷ − y|, not squared',
  bce: 'binary cross entropy',
}
export const losses: Readonly<Record<LossName, <S extends Shape>(p: Tensor<S>, y: number) => Tensor<S>>> = {
  squared: (p, y) => p.sub(y).square(),
  half: (p, y) => p.sub(y).square().mul(0.5),
  norm: (p, y) => p.sub(y).abs(),
  bce: (p, y) =>
    p
      .log()
      .mul(-y)
      .add(
        p
          .neg()
          .log1p()
          .mul(y - 1) as never,
      ) as unknown as typeof p,
}
export const lossCode: Readonly<Record<LossName, string>> = {
  squared: 'yhat.sub(y).square()',
  half: 'yhat.sub(y).square().mul(0.5)',
  norm: 'yhat.sub(y).abs()',
  bce: 'yhat.log().mul(-y).sub(yhat.neg().log1p().mul(1 - y))',
}
/** ∂L/∂ŷ as a formula. */
export const slopeFormula: Readonly<Record<LossName, string>> = {
  squared: '2(ŷ − y)',
  half: 'ŷ − y',
  norm: 'sign(ŷ − y)',
  bce: '(ŷ − y) / (ŷ(1 − ŷ))',
}

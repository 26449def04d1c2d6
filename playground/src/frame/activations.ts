/** The lecture's activation functions: the engine's operation, the program text for it, and its sign in a picture. */
import type { Tensor } from 'chainrule'

export type ActivationName = 'sigmoid' | 'tanh' | 'relu' | 'step' | 'identity' | 'square'

interface Activation {
  readonly sign: string
  readonly code: string
  apply<S extends readonly number[]>(z: Tensor<S>): Tensor<S>
}
export const activations: Readonly<Record<ActivationName, Activation>> = {
  sigmoid: { sign: 'σ', code: '.sigmoid()', apply: z => z.sigmoid() },
  tanh: { sign: 'tanh', code: '.tanh()', apply: z => z.tanh() },
  relu: { sign: 'ReLU', code: '.relu()', apply: z => z.relu() },
  step: { sign: 'step', code: '.gt(0).toFloat()', apply: z => z.gt(0).toFloat() },
  identity: { sign: 'z', code: '', apply: z => z },
  square: { sign: '( )²', code: '.square()', apply: z => z.square() },
}

/** Its input: a place in a network where something else may stand. PyTorch's `nn.Identity`. */
import type { Elementwise } from './activations/elementwise.ts'
import { FunctionLayer, typed } from './layer.ts'

export interface Identity extends Elementwise {}
export const identity = (): Identity => typed(new FunctionLayer('identity', x => x))

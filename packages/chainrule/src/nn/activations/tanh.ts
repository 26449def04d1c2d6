/** Hyperbolic tangent, between −1 and 1. */
import * as build from '../../graph/build.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'

export interface Tanh extends Elementwise {}
/** tanh x */
export const tanh = (): Tanh => elementwiseLayer('tanh', build.tanh)

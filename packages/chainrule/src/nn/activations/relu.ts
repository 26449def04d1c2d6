/** max(x, 0). Nair and Hinton 2010. */
import * as build from '../../graph/build.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'

export interface Relu extends Elementwise {}
/** max(x, 0) */
export const relu = (): Relu => elementwiseLayer('relu', build.relu)

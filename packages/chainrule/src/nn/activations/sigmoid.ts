/** The logistic function, between 0 and 1. */
import * as build from '../../graph/build.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'

export interface Sigmoid extends Elementwise {}
/** 1 / (1 + e⁻ˣ) */
export const sigmoid = (): Sigmoid => elementwiseLayer('sigmoid', build.sigmoid)

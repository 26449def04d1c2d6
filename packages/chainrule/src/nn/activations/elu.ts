/** x where x > 0, α (eˣ − 1) elsewhere. Clevert et al. 2016; SELU: Klambauer et al. 2017. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { expm1, lt, mul } from '../../tensor/ops/elementwise.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'
import { negativePart } from './functions.ts'

export const eluNode = (x: Node, alpha = 1): Node => build.where(lt(0, x), x, mul(expm1(negativePart(x)), alpha))

const SCALE = 1.0507009873554805
const ALPHA = 1.6732632423543772
/** ELU scaled so that activations keep mean 0 and variance 1. */
export const seluNode = (x: Node): Node => mul(eluNode(x, ALPHA), SCALE)

export interface Elu extends Elementwise {}
/** x where x > 0, α (eˣ − 1) elsewhere. */
export const elu = (alpha = 1): Elu => elementwiseLayer('elu', x => eluNode(x, alpha), `${alpha}`)

export interface Selu extends Elementwise {}
/** Scaled so that activations keep mean 0 and variance 1. */
export const selu = (): Selu => elementwiseLayer('selu', seluNode)

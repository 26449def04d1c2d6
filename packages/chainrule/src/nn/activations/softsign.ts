/** x / (1 + |x|). */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { add, div } from '../../tensor/ops/elementwise.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'

export const softsignNode = (x: Node): Node => div(x, add(build.abs(x), 1))

export interface Softsign extends Elementwise {}
/** x / (1 + |x|) */
export const softsign = (): Softsign => elementwiseLayer('softsign', softsignNode)

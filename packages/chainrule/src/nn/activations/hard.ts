/** Piecewise linear stand-ins for sigmoid and swish. Howard et al. 2019, "Searching for MobileNetV3", section 5.2. */
import type { Node } from '../../graph/node.ts'
import { add, clamp, div, mul } from '../../tensor/ops/elementwise.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'
import { hardSigmoidNode } from './functions.ts'

export { hardSigmoidNode }
/** The slope at ±3 is that of x (x + 3) / 6. */
export const hardSwishNode = (x: Node): Node => mul(x, div(clamp(add(x, 3), 0, 6), 6))

export interface HardSigmoid extends Elementwise {}
/** clamp((x + 3) / 6, 0, 1) */
export const hardSigmoid = (): HardSigmoid => elementwiseLayer('hardSigmoid', hardSigmoidNode)

export interface HardSwish extends Elementwise {}
/** x clamp((x + 3) / 6, 0, 1) */
export const hardSwish = (): HardSwish => elementwiseLayer('hardSwish', hardSwishNode)

/** One number per channel: the mean (Lin et al. 2014, "Network in Network", section 3.2) or maximum over all positions. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuse } from '../../graph/refuse.ts'
import { range, show } from '../../graph/shape.ts'
import { div } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { countOf } from '../arithmetic.ts'
import { FunctionLayer, type TypedLayer, typed } from '../layer.ts'
import type { GlobalPoolFn } from '../layer-types.ts'

/** x [N, C, …S] → [N, C]. */
export function globalPoolNode(name: string, kind: 'average' | 'maximum', x: Node): Node {
  if (x.shape.length < 3) refuse(name, [x.shape], `expected [batch, channels, ...], got ${show(x.shape)}`)
  const input = asFloat(x)
  const axes = range(input.shape.length - 2, 2)
  return kind === 'maximum' ? build.max(input, axes) : div(build.sum(input, axes), countOf(input.shape, axes))
}

export interface GlobalPool<Op extends string> extends TypedLayer<GlobalPoolFn<Op>> {}

/** The mean over all positions: [batch, channels, …] → [batch, channels]. */
export const globalAvgPool = (): GlobalPool<'globalAvgPool'> =>
  typed(new FunctionLayer('globalAvgPool', x => globalPoolNode('globalAvgPool', 'average', x)))
/** The maximum over all positions: [batch, channels, …] → [batch, channels]. */
export const globalMaxPool = (): GlobalPool<'globalMaxPool'> =>
  typed(new FunctionLayer('globalMaxPool', x => globalPoolNode('globalMaxPool', 'maximum', x)))

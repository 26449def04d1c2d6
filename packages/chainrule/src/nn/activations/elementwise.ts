/** A layer that applies a function to each element: the shape stays. */
import type { Node } from '../../graph/node.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { FunctionLayer, type TypedLayer, typed } from '../layer.ts'
import type { SameFn } from '../layer-types.ts'

/** A layer that keeps the shape. */
export interface Elementwise extends TypedLayer<SameFn> {}

export const elementwiseLayer = <L extends Elementwise>(
  kind: string,
  apply: (x: Node) => Node,
  description?: string,
): L => typed(new FunctionLayer(kind, x => apply(asFloat(x)), description))

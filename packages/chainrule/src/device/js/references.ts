/** What every primitive computes, slowly and obviously: one total table, the standard that other devices are held to. */
import { ChainruleError, ShapeError } from '../../errors.ts'
import type { Node, Primitive } from '../../graph/node.ts'
import { show } from '../../graph/shape.ts'
import { uniformAt } from '../../graph/threefry.ts'
import { indexing } from './indexing.ts'
import { movement } from './movement.ts'
import { reductions } from './reductions.ts'
import { elementwise } from './scalars.ts'
import { fill, type Reference, type References, toHost, type Values } from './values.ts'
import { windows } from './windows.ts'

const references: References<Primitive> = {
  constant: y => fill(y, () => y.attributes.value),
  iota: y => fill(y, i => i),
  source: () => {
    throw new ChainruleError('source: has the value that the caller gives')
  },
  random: (y, key) => fill(y, i => uniformAt([key[0]!, key[1]!], i)),
  ...elementwise,
  ...movement,
  ...reductions,
  ...windows,
  ...indexing,
  stopGradient: (_, x) => x,
  custom: (_, x) => x,
  host: (y, ...inputs) => {
    const { name, run } = y.attributes
    const values = run(...y.inputs.map(({ shape, dtype }, i) => ({ shape, dtype, data: toHost(inputs[i]!, dtype) })))
    const result = fill(y, i => values[i]!)
    if (values.length !== result.length)
      throw new ShapeError(
        name,
        [y.shape],
        `${name}: gave ${values.length} values for a result of shape ${show(y.shape)}`,
      )
    return result
  },
}

/** The values of a node from the values of its inputs. May return an input itself: values are never written to again. */
export const evaluate = (node: Node, inputs: readonly Values[]): Values =>
  (references[node.primitive] as Reference<Primitive>)(node, ...inputs)

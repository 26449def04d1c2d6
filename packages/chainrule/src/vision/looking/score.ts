/** The score that is explained: of a class for each picture, or of the class that the model prefers. */
import { IndexError } from '../../errors.ts'
import * as build from '../../graph/build.ts'
import { refuse } from '../../graph/refuse.ts'
import { show } from '../../graph/shape.ts'
import { tensor } from '../../tensor/create.ts'
import { wrap } from '../../tensor/handle.ts'
import { oneHot } from '../../tensor/ops/indexing.ts'
import type { IntTensor, Tensor } from '../../tensor/types.ts'

/** One class for all pictures, or one for each; the class with the highest score unless given. */
export type Classes = number | readonly number[] | undefined

/** Class indices [batch]. @throws ShapeError unless the model gives scores [batch, classes], IndexError outside of them */
export function classesOf(operation: string, scores: Tensor, classes: Classes): IntTensor<[number]> {
  const [batch, count] = scores.shape as readonly [number, number]
  if (scores.shape.length !== 2)
    refuse(operation, [scores.shape], `the model must give scores [batch, classes], got ${show(scores.shape)}`)
  if (classes === undefined) return wrap(build.argmax(scores.node, 1)) as unknown as IntTensor<[number]>
  const wanted = typeof classes === 'number' ? new Array<number>(batch).fill(classes) : classes
  if (wanted.length !== batch)
    refuse(operation, [scores.shape], `${wanted.length} classes do not go with ${batch} pictures`)
  for (const c of wanted) if (!(Number.isInteger(c) && c >= 0 && c < count)) throw new IndexError(operation, c, count)
  return tensor(Int32Array.from(wanted)) as IntTensor<[number]>
}

/** The score of each picture's class: [batch, classes] → [batch]. */
export function scoresOf(scores: Tensor, classes: IntTensor<[number]>): Tensor<[number]> {
  const chosen = oneHot(classes.node, scores.shape[1]!)
  return wrap(build.sum(build.mul(scores.node, build.cast(chosen, scores.node.dtype)), [1])) as unknown as Tensor<
    [number]
  >
}

/** How many elements each window of a pooling layer averages over. */
import { source } from '../../graph/build.ts'
import type { Node, Window } from '../../graph/node.ts'
import { numel, type Shape } from '../../graph/shape.ts'
import { HostStorage } from '../../tensor/runtime.ts'

/**
 * The reciprocal count of each window, [...S′] or one number when all are equal. Padding of `counted` on both sides of each axis
 * counts as elements; what 'ceil' rounding adds behind it never does.
 */
export function reciprocalCounts(size: Shape, w: Window, counted: readonly number[]): number | Node {
  const perAxis = w.window.map((kernel, i) => {
    const [low, high] = w.padding[i]!
    const extent = w.dilation[i]! * (kernel - 1) + 1
    const outputs = Math.floor((size[i]! + low + high - extent) / w.stride[i]!) + 1
    return Array.from({ length: outputs }, (_, o) => {
      let n = 0
      for (let k = 0; k < kernel; k++) {
        const at = o * w.stride[i]! - low + k * w.dilation[i]!
        if (at >= -counted[i]! && at < size[i]! + counted[i]!) n++
      }
      return n
    })
  })
  const full = numel(w.window)
  if (perAxis.every((counts, i) => counts.every(n => n === w.window[i]))) return 1 / full
  const products = perAxis.reduce((all, axis) => all.flatMap(n => axis.map(m => n * m)), [1])
  const shape = perAxis.map(axis => axis.length)
  return source(
    new HostStorage(
      shape,
      'float32',
      Float32Array.from(products, n => 1 / n),
    ),
  )
}

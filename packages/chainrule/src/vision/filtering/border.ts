/** What lies outside a picture. Along each axis a border is an index for every place; zeros are padding. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuseOption } from '../../graph/refuse.ts'
import { hostNode } from '../../tensor/create.ts'

/**
 * - `zero`: black
 * - `reflect`: mirrored at the outermost pixel, which is not repeated: c b | a b c | b a
 * - `replicate`: the outermost pixel goes on: a a | a b c | c c
 * - `wrap`: from the other side: b c | a b c | a b
 */
export type Border = 'zero' | 'reflect' | 'replicate' | 'wrap'

/** The place in 0 … n − 1 that stands in for place i, −n < i < 2n − 1. */
const standIn: Readonly<Record<Exclude<Border, 'zero'>, (i: number, n: number) => number>> = {
  reflect: (i, n) => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i),
  replicate: (i, n) => Math.min(n - 1, Math.max(0, i)),
  wrap: (i, n) => (i + n) % n,
}
export const borders: readonly Border[] = ['zero', 'reflect', 'replicate', 'wrap']

/** x with `before` and `after` places added along an axis; fewer than the axis has. */
export function extend(
  operation: string,
  x: Node,
  axis: number,
  [before, after]: readonly [number, number],
  border: Border,
): Node {
  if (!borders.includes(border))
    refuseOption(operation, 'border', `unknown border '${border}'; there is ${[...borders, 'none'].join(', ')}`)
  if (before + after === 0) return x
  const n = x.shape[axis]!
  if (border === 'zero')
    return build.pad(
      x,
      x.shape.map((_, i) => (i === axis ? [before, after] : [0, 0])),
    )
  const places = Int32Array.from({ length: before + n + after }, (_, i) => standIn[border](i - before, n))
  return build.gather(x, hostNode(places, [places.length], 'int32'), axis)
}

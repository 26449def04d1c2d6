/** Reductions and matrix products, by their definitions. */
import { keptShape } from '../../graph/build.ts'
import type { NodeOf } from '../../graph/node.ts'
import { allocate, eachIndex, positionIn, type References, type Values } from './values.ts'

/** Calls `visit` with the position in the result and the position in the input of each element. */
function eachReduced(y: NodeOf<'sum' | 'max'>, visit: (to: number, from: number) => void): void {
  const { shape } = y.inputs[0]!
  const { axes } = y.attributes
  const at = positionIn(keptShape(shape, axes))
  eachIndex(shape, (index, i) => visit(at(index.map((j, d) => (axes.includes(d) ? 0 : j))), i))
}

export const reductions: References<'sum' | 'max' | 'argmax' | 'dot'> = {
  sum: (y, x) => {
    const total = allocate(y)
    eachReduced(y, (to, from) => {
      total[to]! += x[from]!
    })
    return total
  },
  max: (y, x) => {
    const best = allocate(y).fill(y.dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY)
    eachReduced(y, (to, from) => {
      best[to] = Math.max(best[to]!, x[from]!)
    })
    return best
  },
  argmax: (y, x) => {
    const { shape } = y.inputs[0]!
    const { axis } = y.attributes
    const place = allocate(y)
    const best = new Array<number | undefined>(place.length)
    const at = positionIn(y.shape)
    eachIndex(shape, (index, i) => {
      const to = at(index.toSpliced(axis, 1))
      if (!exceeds(x[i]!, best[to])) return
      best[to] = x[i]!
      place[to] = index[axis]!
    })
    return place
  },
  dot: (y, a, b) => {
    const [m, n] = y.shape.slice(-2) as [number, number]
    const k = y.inputs[0]!.shape.at(-1)!
    const product = y.dtype === 'int32' ? Math.imul : (p: number, q: number) => p * q
    const values = allocate(y)
    for (let i = 0; i < values.length; i++) {
      const column = i % n
      const row = Math.floor(i / n)
      const batch = Math.floor(row / m)
      for (let j = 0; j < k; j++) values[i]! += product(a[row * k + j]!, b[(batch * k + j) * n + column]!)
    }
    return values
  },
}

/** Is `x` a new first maximum? NaN counts as the largest. */
export const exceeds = (x: number, best: Values[number] | undefined): boolean =>
  best === undefined || x > best || (Number.isNaN(x) && !Number.isNaN(best))

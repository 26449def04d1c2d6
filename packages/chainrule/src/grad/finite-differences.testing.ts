/** For tests: derivatives against central differences, element by element or along one direction, in float64. */
import { expect } from 'vitest'
import { dataOf, evaluateNode, numbers, some } from '../device/js/evaluate.testing.ts'
import { add, full, mul, sum } from '../graph/build.ts'
import type { TypedArray } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import { numel, range } from '../graph/shape.ts'
import { gradients } from './backward.ts'

/** Σ weights·y with fixed random weights: a scalar that sees every element of y differently. */
export const weighted = (y: Node, seed = 7): Node =>
  sum(mul(y, some(y.shape, seed, 0.5, 1.5, y.dtype)), range(y.shape.length))

/** One scalar from all first derivatives of `loss`, so that its gradient holds the second derivatives. */
export function slope(loss: Node, wrt: readonly Node[]): Node {
  const terms = gradients(loss, wrt).flatMap((g, i) => (g === undefined ? [] : [weighted(g, 11 + i)]))
  return terms.reduce(add, full([], 0, loss.dtype))
}

const step = 1e-5

function changedBy(leaf: Node, amount: (i: number) => number): Map<Node, TypedArray> {
  return new Map([[leaf, dataOf(leaf).map((value, i) => value + amount(i))]])
}

/** Compares ∂loss/∂leaf with central differences at each element of each leaf; no gradient means zeros. */
export function expectGradientsToMatch(loss: Node, leaves: readonly Node[], tolerance = 1e-7): void {
  const found = gradients(loss, leaves)
  leaves.forEach((leaf, n) => {
    const gradient = found[n]
    const analytic = gradient === undefined ? new Array<number>(numel(leaf.shape)).fill(0) : evaluateNode(gradient)
    if (gradient !== undefined) expect(gradient.shape).toEqual(leaf.shape)
    const numeric = range(numel(leaf.shape)).map(at => {
      const value = (sign: number) =>
        evaluateNode(
          loss,
          changedBy(leaf, i => (i === at ? sign * step : 0)),
        )[0]!
      return (value(1) - value(-1)) / (2 * step)
    })
    expectClose(analytic, numeric, tolerance, `input ${n}`)
  })
}

/** Compares Σ ∂loss/∂leaf·v with the difference along a random direction v. Sharp, and two evaluations only. */
export function expectGradientsToMatchAlongLine(loss: Node, leaves: readonly Node[], tolerance = 1e-7): void {
  const found = gradients(loss, leaves)
  leaves.forEach((leaf, n) => {
    const direction = numbers(numel(leaf.shape), 23 + n)
    const gradient = found[n] === undefined ? [] : evaluateNode(found[n])
    const analytic = gradient.reduce((total, g, i) => total + g * direction[i]!, 0)
    const value = (sign: number) =>
      evaluateNode(
        loss,
        changedBy(leaf, i => sign * step * direction[i]!),
      )[0]!
    expectClose([analytic], [(value(1) - value(-1)) / (2 * step)], tolerance, `input ${n}`)
  })
}

/** |a − b| ≤ tolerance·max(1, |b|) at each element. */
export function expectClose(a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-9, what = ''): void {
  expect(a.length, what).toBe(b.length)
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i]! - b[i]!)
    if (!(error <= tolerance * Math.max(1, Math.abs(b[i]!))))
      expect.fail(`${what} element ${i}: ${a[i]} is not ${b[i]} within ${tolerance}`)
  }
}

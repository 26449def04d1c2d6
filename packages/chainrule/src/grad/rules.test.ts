/**
 * Every derivative, first and second, against finite differences. The table of cases is total: a primitive without one does
 * not compile.
 */
import { describe, expect, test } from 'vitest'
import { evaluateNode, leaf, some } from '../device/js/evaluate.testing.ts'
import * as b from '../graph/build.ts'
import { type Node, topological } from '../graph/node.ts'
import { gradients } from './backward.ts'
import { derivativeCases, differentiable } from './derivative-cases.testing.ts'
import { expectClose, expectGradientsToMatch, slope, weighted } from './finite-differences.testing.ts'

describe('first and second derivatives', () => {
  for (const [name, { inputs, build }] of differentiable)
    test(name, () => {
      const y = build(...inputs)
      expect(topological([y]).map(node => node.primitive)).toContain(name.split(' ')[0])
      const loss = weighted(y)
      expectGradientsToMatch(loss, inputs)
      // squared, so that the second derivative depends on the gradient that arrives as well
      expectGradientsToMatch(slope(b.mul(loss, loss), inputs), inputs, 1e-6)
    })
})

describe('no derivative', () => {
  for (const [primitive, build] of Object.entries(derivativeCases))
    if (typeof build === 'function')
      test(primitive, () => {
        const x = some([6], 3)
        const y = build(x)
        expect(topological([y]).map(node => node.primitive)).toContain(primitive)
        expect(gradients(y, [x])).toEqual([undefined])
      })
})

describe('conventions where the derivative does not exist', () => {
  const gradientOf = (f: (x: Node) => Node, values: readonly number[]): number[] => {
    const x = leaf(values)
    return evaluateNode(gradients(f(x), [x])[0]!)
  }
  test('max shares evenly among ties', () => {
    expect(gradientOf(x => b.max(x, [0]), [3, 1, 3, 3, 0])).toEqual([1 / 3, 0, 1 / 3, 1 / 3, 0])
  })
  test('maximum and minimum share evenly', () => {
    for (const f of [b.maximum, b.minimum]) {
      const [x, y] = [leaf([2]), leaf([2])]
      expect(gradients(f(x, y), [x, y]).map(g => evaluateNode(g!))).toEqual([[0.5], [0.5]])
    }
  })
  test('relu and abs are flat at 0', () => {
    expect(gradientOf(b.relu, [0])).toEqual([0])
    expect(gradientOf(b.abs, [0])).toEqual([0])
  })
  test('windowMax gives to the first of equals', () => {
    expect(
      gradientOf(x => b.windowMax(x, { window: [2], stride: [2], padding: [[0, 0]], dilation: [1] }), [5, 5, 1, 1]),
    ).toEqual([1, 0, 1, 0])
  })
  test('pow at 0: no NaN from 0·∞', () => {
    const [x, y] = [leaf([0, 0, 0, 0]), leaf([0, 1, 2, 0.5])]
    const [dx, dy] = gradients(b.pow(x, y), [x, y]).map(g => evaluateNode(g!))
    expect(dx).toEqual([0, 1, 0, Number.POSITIVE_INFINITY])
    expect(dy).toEqual([0, 0, 0, 0])
  })
  test('casts between floats pass the gradient on, in the dtype of the input', () => {
    const x = leaf([1, 2], [2], 'float32')
    const [g] = gradients(b.mul(b.cast(x, 'float64'), b.cast(x, 'float64')), [x])
    expect(g!.dtype).toBe('float32')
    expectClose(evaluateNode(g!), [2, 4])
  })
})

/** Reverse mode over whole graphs: sums over paths, what is asked and what is not, and what it refuses. */
import { describe, expect, test } from 'vitest'
import { evaluateNode, leaf, numbers, some } from '../device/js/evaluate.testing.ts'
import { ChainruleError, DTypeError, ShapeError } from '../errors.ts'
import * as b from '../graph/build.ts'
import { type Node, topological, withScope } from '../graph/node.ts'
import { gradients } from './backward.ts'
import { expectClose, expectGradientsToMatch, slope, weighted } from './finite-differences.testing.ts'

const values = (nodes: readonly (Node | undefined)[]) => nodes.map(node => node && evaluateNode(node))
const square = (x: Node) => b.mul(x, x)

describe('gradients', () => {
  test('is the sum over all paths of the products along them', () => {
    // y = (x·z)·(x + z): paths x→m→y, x→s→y, z→m→y, z→s→y
    const [x, z] = [leaf([3], []), leaf([2], [])]
    expect(values(gradients(b.mul(b.mul(x, z), b.add(x, z)), [x, z]))).toEqual([[2 * 3 * 2 + 4], [9 + 2 * 3 * 2]])
  })
  test('of an output of many elements is that of its sum, or of the product with the seed', () => {
    const x = leaf([1, 2, 3])
    expect(values(gradients(square(x), [x]))).toEqual([[2, 4, 6]])
    expect(values(gradients(square(x), [x], leaf([1, 0, -1])))).toEqual([[2, 0, -6]])
  })
  test('with respect to the output itself is the seed', () => {
    const x = leaf([1, 2])
    const y = square(x)
    expect(values(gradients(y, [y, x], leaf([5, 7])))).toEqual([
      [5, 7],
      [10, 28],
    ])
  })
  test('with respect to an inner node goes on to what lies under it', () => {
    const x = leaf([2], [])
    const inner = square(x)
    expect(values(gradients(square(inner), [inner, x]))).toEqual([[8], [32]])
  })
  test('is undefined where no path leads', () => {
    const [x, other] = [leaf([1]), leaf([1])]
    expect(gradients(x, [other])).toEqual([undefined])
    expect(gradients(b.add(b.stopGradient(x), other), [x])).toEqual([undefined])
    expect(gradients(b.cast(b.cast(x, 'int32'), 'float64'), [x])).toEqual([undefined])
  })
  test('does not visit what is not asked for', () => {
    const [x, data] = [some([2, 3, 4, 4], 1), some([2, 2, 2, 2], 2)]
    const unasked = b.host([data], { name: 'noGradient', shape: [], dtype: 'float64', run: () => [3] })
    const loss = b.mul(b.sum(x, [0, 1, 2, 3]), unasked)
    expect(values(gradients(loss, [x]))[0]).toEqual(new Array(96).fill(3))
  })
  test('does not follow x through integers', () => {
    const x = leaf([1.5])
    const run = () => [2]
    const unrelated = b.host([b.cast(x, 'int32')], { name: 'lookUp', shape: [1], dtype: 'float64', run })
    expect(values(gradients(b.mul(x, unrelated), [x]))).toEqual([[2]])
  })
  test('visits a shared node once: work grows with the graph and not with its paths', () => {
    let y: Node = leaf([1e-9], [])
    const x = y
    for (let i = 0; i < 60; i++) y = b.add(y, y) // 2⁶⁰ paths
    const [g] = gradients(y, [x])
    expect(topological([g!]).length).toBeLessThan(200)
    expect(evaluateNode(g!)).toEqual([2 ** 60])
  })
  test('walks deep graphs without recursion', () => {
    let y: Node = leaf([1], [])
    const x = y
    for (let i = 0; i < 20_000; i++) y = b.neg(y)
    expect(evaluateNode(gradients(y, [x])[0]!)).toEqual([1])
  })
  test('runs nothing', () => {
    let runs = 0
    const run = () => {
      runs++
      return [1]
    }
    const x = leaf([1], [])
    gradients(b.mul(x, b.stopGradient(b.host([x], { name: 'count', shape: [], dtype: 'float64', run }))), [x])
    expect(runs).toBe(0)
  })
  test('of gradients: Hessian of x³y²', () => {
    const [x, y] = [leaf([2], []), leaf([3], [])]
    const [dx, dy] = gradients(b.mul(b.mul(square(x), x), square(y)), [x, y]) as [Node, Node]
    expect(values(gradients(dx, [x, y]))).toEqual([[6 * 2 * 9], [6 * 4 * 3]])
    expect(values(gradients(dy, [x, y]))).toEqual([[6 * 4 * 3], [2 * 8]])
    // fourth derivative of x³y² twice each: 12x
    const [dxx] = gradients(dx, [x]) as [Node]
    const [dxxy] = gradients(dxx, [y]) as [Node]
    expect(values(gradients(dxxy, [y]))).toEqual([[12 * 2]])
  })
  test('carries the scope of the forward nodes', () => {
    const x = leaf([1, 2])
    const y = withScope('head', () => b.exp(withScope('features.0', () => b.sin(x))))
    const made = topological(withScope('optimizer', () => gradients(y, [x])) as Node[])
    expect(made.find(node => node.primitive === 'cos')!.scope).toBe('head.features.0')
    expect(new Set(made.map(node => node.scope))).not.toContain('optimizer')
    expect(withScope('after', () => b.neg(x)).scope).toBe('after')
  })
})

describe('compositions', () => {
  test('softmax cross entropy of a small convolutional network', () => {
    const [x, w1, w2] = [some([2, 1, 6, 6], 1), some([2, 1, 3, 3], 2), some([3, 8], 3)]
    const attributes = {
      stride: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      dilation: [1, 1],
      inputDilation: [1, 1],
      groups: 1,
    } as const
    const pool = {
      window: [2, 2],
      stride: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
      dilation: [1, 1],
    } as const
    const hidden = b.reshape(b.windowMax(b.tanh(b.conv(x, w1, attributes)), pool), [2, 8])
    const logits = b.dot(hidden, b.transpose(w2))
    const shifted = b.sub(logits, b.broadcastTo(b.reshape(b.stopGradient(b.max(logits, [1])), [2, 1]), [2, 3]))
    const total = b.broadcastTo(b.reshape(b.log(b.sum(b.exp(shifted), [1])), [2, 1]), [2, 3])
    const loss = b.neg(weighted(b.sub(shifted, total)))
    expectGradientsToMatch(loss, [x, w1, w2])
    expectGradientsToMatch(slope(loss, [w1, w2]), [w1, w2], 1e-6)
  })
  test('softmax cross entropy has the closed form p − target', () => {
    const x = leaf(numbers(4, 5))
    const probability = b.div(b.exp(x), b.broadcastTo(b.sum(b.exp(x), [0]), [4]))
    const loss = b.neg(b.sum(b.mul(leaf([0, 1, 0, 0]), b.log(probability)), [0]))
    const expected = evaluateNode(probability)
    expected[1]! -= 1
    expectClose(evaluateNode(gradients(loss, [x])[0]!), expected, 1e-14)
  })
})

describe('custom gradients', () => {
  const x = leaf([1, -2])
  test('replace the derivative of what is inside', () => {
    const straightThrough = b.custom(b.round(x), [x], 'straightThrough', g => [g])
    expect(values(gradients(b.mul(straightThrough, leaf([3, 4])), [x]))).toEqual([[3, 4]])
  })
  test('give host functions a derivative', () => {
    const run = ({ data }: { data: ArrayLike<number> }) => Array.from(data, v => v ** 3)
    const cube = b.host([x], { name: 'cube', shape: [2], dtype: 'float64', run })
    const y = b.custom(cube, [x], 'cube', g => [b.mul(g, b.mul(b.fullLike(x, 3), square(x)))])
    expectGradientsToMatch(weighted(y), [x])
  })
  test('may leave inputs out', () => {
    const y = b.custom(b.neg(x), [x], 'none', () => [undefined])
    expect(gradients(y, [x])).toEqual([undefined])
  })
  test('of a wrong number, shape or dtype are errors', () => {
    const differentiate = (backward: () => Node[]) => () => gradients(b.custom(b.neg(x), [x], 'mine', backward), [x])
    expect(differentiate(() => [])).toThrow('mine: backward: gave 0 gradients for 1 inputs')
    expect(differentiate(() => [leaf([1])])).toThrow('mine: backward: gradient 0 has shape [1], its input [2]')
    expect(differentiate(() => [leaf([1, 1], [2], 'float32')])).toThrow(DTypeError)
  })
})

describe('refuses', () => {
  test('host work without a custom gradient', () => {
    const x = leaf([1], [])
    const y = b.host([x], { name: 'nonMaximumSuppression', shape: [], dtype: 'float64', run: () => [1] })
    expect(() => gradients(y, [x])).toThrow(ChainruleError)
    expect(() => gradients(y, [x])).toThrow(/nonMaximumSuppression.*customGradient\(\).*stopGradient\(\)/)
  })
  test('integers', () => {
    expect(() => gradients(leaf([1], [], 'int32'), [leaf([1])])).toThrow(DTypeError)
    expect(() => gradients(leaf([1]), [leaf([1], [], 'bool')])).toThrow('bool values have no derivative')
  })
  test('a seed of another shape or dtype', () => {
    const x = leaf([1, 2])
    expect(() => gradients(x, [x], leaf([1]))).toThrow(ShapeError)
    expect(() => gradients(x, [x], leaf([1, 2], [2], 'float32'))).toThrow('they must be equal')
  })
})

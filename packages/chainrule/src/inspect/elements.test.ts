/**
 * By elements, for every primitive in every way that matters to its derivative: the sum over all paths of the products of the numbers on
 * the edges is the gradient. The table of cases is total (`grad/derivative-cases.testing.ts`).
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { dataOf } from '../device/js/evaluate.testing.ts'
import { differentiable } from '../grad/derivative-cases.testing.ts'
import { weighted } from '../grad/finite-differences.testing.ts'
import { makeNode, type Node, topological } from '../graph/node.ts'
import { jsDevice, setDevice, tensor } from '../index.ts'
import { wrap } from '../tensor/handle.ts'
import { paths } from './paths.ts'
import { trace } from './trace.ts'

beforeAll(() => setDevice(jsDevice()))

/** The same graph on sources that tensors know. */
function rebuilt(output: Node): Map<Node, Node> {
  const made = new Map<Node, Node>()
  for (const node of topological([output])) {
    if (node.primitive === 'source')
      made.set(node, tensor(dataOf(node), { shape: [...node.shape], dtype: node.dtype as 'float64' }).node)
    else {
      const inputs = node.inputs.map(i => made.get(i)!)
      made.set(node, makeNode(node.primitive, inputs, node.attributes as never, node.shape, node.dtype))
    }
  }
  return made
}

const opaque = ['windowPick', 'windowScatter']
/** Cases whose result has no elements. */
const empty = ['slice nothing', 'conv no position']
describe('the sum over paths is the gradient', () => {
  for (const [name, { inputs, build }] of differentiable) {
    const primitive = name.split(' ')[0]!
    test(name, async () => {
      const loss = weighted(build(...inputs))
      const made = rebuilt(loss)
      const leaves = Object.fromEntries(inputs.map((input, i) => [`x${i}`, wrap(made.get(input)!)]))
      const traced = trace({ loss: wrap(made.get(loss)!) }, leaves, { elements: true })
      if (opaque.includes(primitive)) return expect(traced).rejects.toThrow(`${primitive} cannot be shown by elements`)
      const graph = await traced
      const elements = graph.nodes.filter(node => node.operation === 'input')
      expect(elements.length > 0).toBe(!empty.includes(name))
      for (const element of elements) {
        const { sum } = paths(graph, 'loss', element, { limit: 0 })
        expect(sum).toBeCloseTo((element.gradient as number | undefined) ?? 0, 9)
      }
      return undefined
    })
  }
})

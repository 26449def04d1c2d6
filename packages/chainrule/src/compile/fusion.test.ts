/** Fused programs against the same graph run node by node. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as b from '../graph/build.ts'
import type { TypedArray } from '../graph/dtype.ts'
import { makeNode, type Node, type NodeOf, topological } from '../graph/node.ts'
import { compileGraph } from './compile.ts'
import { runProgram } from './javascript.ts'
import { isMovement } from './place.ts'
import { randomGraph } from './random-graph.testing.ts'

/** Each node as a program of its own: nothing can be fused. */
function nodeByNode(
  outputs: readonly Node[],
  sources: readonly NodeOf<'source'>[],
  values: readonly TypedArray[],
): TypedArray[] {
  const known = new Map<Node, TypedArray>(sources.map((s, i) => [s, values[i]!]))
  for (const node of topological(outputs)) {
    if (known.has(node)) continue
    const inputs = node.inputs.map(i => b.source({ shape: i.shape, dtype: i.dtype }) as NodeOf<'source'>)
    const alone = makeNode(node.primitive, inputs, node.attributes as never, node.shape, node.dtype)
    const program = compileGraph({ sources: inputs, outputs: [alone], updates: [-1] })
    known.set(
      node,
      runProgram(
        program,
        node.inputs.map(i => known.get(i)!),
      )[0]!,
    )
  }
  return outputs.map(o => known.get(o)!)
}

test('random graphs: fused equals node by node', () => {
  let nodes = 0
  let kernels = 0
  fc.assert(
    fc.property(randomGraph, ({ sources, values, outputs }) => {
      const program = compileGraph({ sources, outputs, updates: outputs.map(() => -1) })
      const fused = runProgram(program, values)
      const plain = nodeByNode(outputs, sources, values)
      fused.forEach((array, i) => {
        expect(array.length).toBe(plain[i]!.length)
        for (let j = 0; j < array.length; j++)
          expect(Math.abs(array[j]! - plain[i]![j]!)).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(plain[i]![j]!)))
      })
      const computed = topological(outputs).filter(n => n.inputs.length > 0 && !isMovement(n))
      if (computed.length < 4 || computed.some(n => n.primitive === 'concat')) return // a concat is a kernel for each part
      nodes += computed.length
      kernels += program.kernels.length
    }),
    { numRuns: 400 },
  )
  expect(kernels).toBeLessThan(0.9 * nodes) // fusion really happened
})

test('random graphs: variables end with their new values, whatever else reads the old ones', () => {
  let inPlace = 0
  fc.assert(
    fc.property(randomGraph, ({ sources, values, outputs }) => {
      const free = new Set(sources.keys())
      const updates = outputs.map(o => {
        const target = [...free].find(j => sources[j]!.shape.join() === o.shape.join()) ?? -1
        free.delete(target)
        return target
      })
      const program = compileGraph({ sources, outputs, updates })
      const plain = nodeByNode(outputs, sources, values)
      const residents = values.map(v => v.slice())
      const results = runProgram(program, residents)
      updates.forEach((j, i) => {
        const actual = j < 0 ? results[i]! : residents[j]!
        for (const [k, expected] of plain[i]!.entries())
          expect(Math.abs(actual[k]! - expected)).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(expected)))
        if (j >= 0 && program.outputs[i] === j) inPlace++
      })
      // what is not updated stays
      for (const j of free) expect(residents[j]).toEqual(values[j])
    }),
    { numRuns: 300 },
  )
  expect(inPlace).toBeGreaterThan(20)
})

test('a value beside its own past, zero before the beginning', () => {
  const x = b.source({ shape: [5], dtype: 'float32' }) as NodeOf<'source'>
  const y = b.exp(x)
  const sums = b.add(y, b.pad(b.slice(y, [0], [4]), [[1, 0]]))
  const program = compileGraph({ sources: [x], outputs: [sums], updates: [-1] })
  expect(runProgram(program, [new Float32Array(5)])).toEqual([Float32Array.of(1, 2, 2, 2, 2)])
})

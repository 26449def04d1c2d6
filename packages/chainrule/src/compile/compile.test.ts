import { expect, test } from 'vitest'
import * as b from '../graph/build.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, NodeOf, Storage } from '../graph/node.ts'
import { compileGraph } from './compile.ts'
import { runProgram } from './javascript.ts'

const input = (shape: number[], dtype: Storage['dtype'] = 'float32'): NodeOf<'source'> =>
  b.source({ shape, dtype }) as NodeOf<'source'>
const graph = (sources: NodeOf<'source'>[], outputs: Node[], updates = outputs.map(() => -1)): Graph => ({
  sources,
  outputs,
  updates,
})

test('softmax is one kernel', () => {
  const x = input([2, 3])
  const kept = (n: Node) => b.broadcastTo(b.reshape(n, [2, 1]), [2, 3])
  const e = b.exp(b.sub(x, kept(b.max(x, [1]))))
  const p = b.div(e, kept(b.sum(e, [1])))
  const program = compileGraph(graph([x], [p]))
  expect(program.kernels).toHaveLength(1)
  const [out] = runProgram(program, [Float32Array.of(1, 2, 3, 0, 0, 0)])
  const s = Math.exp(-2) + Math.exp(-1) + 1
  ;[Math.exp(-2) / s, Math.exp(-1) / s, 1 / s, 1 / 3, 1 / 3, 1 / 3].forEach((v, i) => {
    expect(out![i]).toBeCloseTo(v, 6)
  })
})

test('linear with bias and relu is one contraction, and its gradient mask joins the next one', () => {
  const x = input([2, 3])
  const w = input([4, 3])
  const bias = input([4])
  const y = b.relu(b.add(b.dot(x, b.transpose(w)), b.broadcastTo(bias, [2, 4])))
  const program = compileGraph(graph([x, w, bias], [y]))
  expect(program.kernels.map(k => k.kind)).toEqual(['contract'])
  const [out] = runProgram(program, [
    Float32Array.of(1, 2, 3, 4, 5, 6),
    Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, -1, -1, -1),
    Float32Array.of(0.5, 0, 0, 0),
  ])
  expect([...out!]).toEqual([1.5, 2, 3, 0, 4.5, 5, 6, 0])
})

test('a convolution loses taps and outputs that see only padding', () => {
  const map = input([2, 4, 1, 2])
  const weight = input([3, 4, 3, 3])
  const dy = input([2, 3, 1, 1])
  const plain = { dilation: [1, 1], inputDilation: [1, 1], groups: 1 }
  const padding = [
    [1, 1],
    [1, 1],
  ] as const
  const workOf = (output: Node): string[] =>
    compileGraph(graph([map, weight, dy], [output])).kernels.flatMap(k =>
      k.kind === 'contract' ? [k.dims.map(d => `${d.role}${d.size}`).join(' ')] : [],
    )
  // one output, which sees the middle row and the last two columns of the taps
  expect(workOf(b.conv(map, weight, { ...plain, stride: [2, 2], padding }))).toEqual(['n2 m3 n1 n1 k4 k1 k2'])
  // the gradient of its weight has two of nine taps
  const [x, g] = [map, dy].map(n => b.permute(n, [1, 0, 2, 3])) as [Node, Node]
  const gradient = b.conv(x, g, {
    ...plain,
    stride: [1, 1],
    dilation: [2, 2],
    padding: [
      [1, 1],
      [1, 0],
    ],
  })
  expect(workOf(gradient)).toEqual(['n4 m3 n1 n2 k2 k1 k1'])
})

test('a variable is updated in place, its gradient computed by a contraction stored permuted', () => {
  const w = input([2, 2])
  const g = input([2, 2])
  const next = b.sub(w, b.mul(b.permute(b.dot(g, g), [1, 0]), b.full([2, 2], 0.5)))
  const program = compileGraph(graph([w, g], [next], [0]))
  expect(program.copies).toEqual([])
  expect(program.outputs).toEqual([0])
  const values = Float32Array.of(1, 1, 1, 1)
  runProgram(program, [values, Float32Array.of(1, 2, 3, 4)])
  expect([...values]).toEqual([1 - 3.5, 1 - 7.5, 1 - 5, 1 - 11])
})

test('thousands of chained operations compile, in a bounded number of kernels', () => {
  const x = input([3000])
  let total: Node = b.constant(0)
  for (let i = 0; i < 3000; i++) total = b.add(b.tanh(total), b.reshape(b.slice(x, [i], [i + 1]), []))
  const program = compileGraph(graph([x], [total]))
  expect(program.kernels.length).toBeLessThan(40)
  let expected = 0
  const values = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i))
  for (const v of values) expected = Math.tanh(expected) + v
  expect(runProgram(program, [values])[0]![0]).toBeCloseTo(expected, 3)
})

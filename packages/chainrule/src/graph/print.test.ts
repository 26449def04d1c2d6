import { expect, test } from 'vitest'
import * as b from './build.ts'
import { withScope } from './node.ts'
import { printGraph, printGraphviz } from './print.ts'

const x = b.source({ shape: [32, 1, 28, 28], dtype: 'float32' })
const w = b.source({ shape: [6, 1, 5, 5], dtype: 'float32' })
const layer = (padding: number) =>
  withScope('features.0', () =>
    b.relu(
      b.conv(x, w, {
        stride: [1, 1],
        padding: [
          [padding, padding],
          [padding, padding],
        ],
        dilation: [1, 1],
        inputDilation: [1, 1],
        groups: 1,
      }),
    ),
  )

test('one line per node: attributes that matter, type, shape, module path', () => {
  const pooled = b.windowMax(layer(2), {
    window: [2, 2],
    stride: [2, 2],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
  })
  const total = b.sum(pooled, [2, 3])
  expect(printGraph([total, b.argmax(total, 1)])).toBe(
    [
      '%0 = source() : float32 [32, 1, 28, 28]',
      '%1 = source() : float32 [6, 1, 5, 5]',
      '%2 = conv(%0, %1) stride [1, 1] padding [[2, 2], [2, 2]] : float32 [32, 6, 28, 28]  # features.0',
      '%3 = relu(%2) : float32 [32, 6, 28, 28]  # features.0',
      '%4 = windowMax(%3) window [2, 2] stride [2, 2] : float32 [32, 6, 14, 14]',
      '%5 = sum(%4) axes [2, 3] : float32 [32, 6]',
      '%6 = argmax(%5) axis 1 : int32 [32]',
      'return %5, %6',
    ].join('\n'),
  )
})
test('what holds anyway is left out', () => {
  expect(printGraph([layer(0)])).toContain('%2 = conv(%0, %1) stride [1, 1] : float32 [32, 6, 24, 24]  # features.0')
})
test('constants, slices, sorts and named functions say what they are', () => {
  const y = b.mul(b.full([3], 0.5), b.slice(b.source({ shape: [5], dtype: 'float32' }), [0], [5], [2]))
  const text = printGraph([b.custom(b.gather(y, b.argsort(y, 0, true), 0), [y], 'sorted', g => [g])])
  expect(text).toContain('= constant() 0.5 : float32 []')
  expect(text).toMatch(/= slice\(%\d\) start \[0\] stop \[5\] step \[2\] : float32 \[3\]/)
  expect(text).toMatch(/= argsort\(%\d\) axis 0 descending : int32 \[3\]/)
  expect(text).toMatch(/= custom\(%\d, %\d\) sorted : float32 \[3\]/)
})
test('Graphviz: boxes in clusters of their module, edges with shapes', () => {
  const dot = printGraphviz([layer(2)])
  expect(dot).toMatch(/^digraph \{\n[\s\S]*\}\n$/)
  expect(dot.match(/\{/g)!.length).toBe(dot.match(/\}/g)!.length)
  expect(dot).toMatch(/subgraph cluster_\d \{\n {4}label="features\.0"/)
  expect(dot).toContain('n3 [label="relu\\nfloat32 [32, 6, 28, 28]", shape=box, peripheries=2]')
  expect(dot).toContain('n0 -> n2 [label="float32 [32, 1, 28, 28]"]')
})
test('Graphviz: quotes in names do not break out of labels', () => {
  const node = withScope('a"b\\', () => b.neg(x))
  expect(printGraphviz([node])).toContain('label="a\\"b\\\\"')
})

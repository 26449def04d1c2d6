/** Operands that are kept in the order in which kernels want them, until the variable that they are made of changes. */
import { describe, expect, it } from 'vitest'
import { compileGraph } from '../../compile/compile.ts'
import { runProgram } from '../../compile/javascript.ts'
import * as b from '../../graph/build.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, NodeOf } from '../../graph/node.ts'
import { numel } from '../../graph/shape.ts'
import type { Resident } from '../device.ts'
import { type NativeDevice, nativeDevice } from './device.ts'
import { compiler } from './library.testing.ts'

const input = (shape: number[]) => b.source({ shape, dtype: 'float32' }) as NodeOf<'source'>
const pad = [1, 1] as const
const convolved = (x: Node, w: Node): Node =>
  b.conv(x, w, { stride: [1, 1], padding: [pad, pad], dilation: [1, 1], inputDilation: [1, 1], groups: 1 })
const some = (shape: readonly number[], seed: number): Float32Array =>
  Float32Array.from({ length: numel(shape) }, (_, i) => Math.sin(i * seed))

// by minimal filtering, and direct
const x = input([3, 40, 14, 14])
const w = input([64, 40, 3, 3])
const v = input([70, 64, 2, 2])
const network: Graph = { sources: [x, w, v], outputs: [b.relu(convolved(b.relu(convolved(x, w)), v))], updates: [-1] }
const expected = (...values: Float32Array[]): Float32Array =>
  runProgram(compileGraph(network), values)[0] as Float32Array
function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(actual.length).toBe(wanted.length)
  let worst = 0
  for (let i = 0; i < wanted.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - wanted[i]!))
  expect(worst).toBeLessThan(5e-3)
}
const variable = (device: NativeDevice, { shape }: Node, seed: number): Resident => {
  const made = device.resident(shape, 'float32')
  made.write(some(shape, seed))
  return made
}

describe.runIf(compiler)('prepared operands', () => {
  it.each([
    ['whole', { threads: 1, slices: { work: 2 ** 40, pieces: 1 } }],
    ['in pieces', { threads: 1, slices: { work: 4096, pieces: 7 } }],
    ['on two threads', { threads: 2, slices: { work: 4096, pieces: 5 } }],
  ] as const)('follow their variable, %s', async (_, options) => {
    const device = nativeDevice(options)
    const plan = device.prepare(network)
    const run = async (...sources: (Resident | Float32Array)[]): Promise<Float32Array> =>
      (await plan.run(sources))[0] as Float32Array
    const [p, q] = [variable(device, w, 3), variable(device, v, 5)]
    const variablesOnly = device.residentBytes
    const X = some(x.shape, 2)
    const first = await run(X, p, q)
    expectClose(first, expected(X, some(w.shape, 3), some(v.shape, 5)))
    expect(device.residentBytes).toBeGreaterThanOrEqual(2 * variablesOnly)
    // kept: the same to the last bit, with other data too, and in another plan
    expect(await run(X, p, q)).toEqual(first)
    const Y = some(x.shape, 7)
    expectClose(await run(Y, p, q), expected(Y, some(w.shape, 3), some(v.shape, 5)))
    const kept = device.residentBytes
    expect((await device.prepare(network).run([X, p, q]))[0]).toEqual(first)
    expect(device.residentBytes).toBe(kept)
    // written
    p.write(some(w.shape, 11))
    expectClose(await run(X, p, q), expected(X, some(w.shape, 11), some(v.shape, 5)))
    // another variable, a host value, and back
    const r = variable(device, w, 13)
    expectClose(await run(X, r, q), expected(X, some(w.shape, 13), some(v.shape, 5)))
    expectClose(await run(X, some(w.shape, 17), q), expected(X, some(w.shape, 17), some(v.shape, 5)))
    expectClose(await run(X, p, q), expected(X, some(w.shape, 11), some(v.shape, 5)))
    // updated by another plan
    await device.prepare({ sources: [v], outputs: [b.add(v, v)], updates: [0] }).run([q])
    const doubled = some(v.shape, 5).map(n => 2 * n)
    expectClose(await run(X, p, q), expected(X, some(w.shape, 11), doubled))
    for (const resident of [p, q, r]) resident.dispose()
    expect(device.residentBytes).toBe(0)
  })

  it('are made each time of what the plan itself updates', async () => {
    const device = nativeDevice({ threads: 1 })
    const outputs = [convolved(x, w), b.mul(w, b.full(w.shape, 2))]
    const plan = device.prepare({ sources: [x, w], outputs, updates: [-1, 1] })
    const p = variable(device, w, 3)
    const before = device.residentBytes
    const [once] = (await plan.run([some(x.shape, 2), p])) as [Float32Array]
    const [twice] = (await plan.run([some(x.shape, 2), p])) as [Float32Array]
    expectClose(
      twice,
      once.map(n => 2 * n),
    )
    expect(device.residentBytes).toBe(before)
  })
})

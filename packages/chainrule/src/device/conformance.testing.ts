/** The suite every device passes: known answers of every primitive, first derivatives, updates, and failing cleanly. */
import { describe, expect, test } from 'vitest'
import { IndexError } from '../errors.ts'
import { gradients } from '../grad/backward.ts'
import { differentiable } from '../grad/derivative-cases.testing.ts'
import { slope, weighted } from '../grad/finite-differences.testing.ts'
import * as b from '../graph/build.ts'
import type { TypedArray } from '../graph/dtype.ts'
import { isFloat } from '../graph/dtype.ts'
import type { Node, NodeOf } from '../graph/node.ts'
import { show } from '../graph/shape.ts'
import type { Device } from './device.ts'
import { closed, dataOf, evaluateAll, leaf } from './js/evaluate.testing.ts'
import { primitiveCases } from './primitive-cases.testing.ts'

/**
 * `tolerance`: of float32 results, relative to the largest of 1 and the expected values. `together`: many results in one plan and
 * none alone, for devices that take long to make a plan.
 */
export function describeConformance(makeDevice: () => Device, tolerance: number, together = false): void {
  const device = makeDevice()
  const run = (outputs: readonly Node[]): Promise<TypedArray[]> => {
    const { graph, feeds } = closed(outputs)
    return Promise.resolve(device.prepare(graph).run(feeds))
  }
  const compare = (actual: ArrayLike<number>, expected: readonly number[], node: Node) => {
    expect(actual.length).toBe(expected.length)
    const largest = expected.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1)
    const room = isFloat(node.dtype) ? tolerance * largest : 0
    for (let i = 0; i < expected.length; i++) {
      const answer = isFloat(node.dtype) ? Math.fround(expected[i]!) : expected[i]!
      const close = Object.is(actual[i]! + 0, answer + 0) || Math.abs(actual[i]! - answer) <= room
      if (!close) expect.fail(`element ${i} of ${show(node.shape)} is ${actual[i]}, not ${answer}: [${actual}]`)
    }
  }

  describe(`${device.name}: known answers`, () => {
    for (const [primitive, cases] of Object.entries(primitiveCases))
      for (const group of together ? [cases] : cases.map(known => [known]))
        test(`${primitive} ${group.map(([name]) => name).join(', ')}`, async () => {
          const results = await run(group.map(([, output]) => output))
          for (const [i, [, output, expected]] of group.entries()) compare(results[i]!, expected, output)
        })
  })

  describe(`${device.name}: functions with their first and second derivatives`, () => {
    for (const [name, { inputs, build }] of differentiable)
      test(name, async () => {
        const leaves = inputs.map(x => leaf(dataOf(x), x.shape, 'float32'))
        const y = build(...leaves)
        const loss = weighted(y)
        const first = gradients(loss, leaves)
        const second = gradients(slope(b.mul(loss, loss), leaves), leaves)
        // a constant arrives at y: what a compiler can fold
        const plain = gradients(y, leaves)
        const outputs = [y, ...plain, ...first, ...second].filter(node => node !== undefined)
        const expected = evaluateAll(outputs).map(values => Array.from(values))
        // in one plan, so that kernels are shared, and each alone
        const results = await run(outputs)
        for (const [i, node] of outputs.entries()) {
          compare(results[i]!, expected[i]!, node)
          if (!together) compare((await run([node]))[0]!, expected[i]!, node)
        }
      })
  })

  describe(`${device.name}: runs`, () => {
    test('outputs: the same node twice, a source, and a part of another output', async () => {
      const x = leaf([1, -2], [2], 'float32')
      const y = b.neg(x)
      const [first, second, source, whole] = await run([y, y, x, b.exp(b.sub(y, y))])
      expect([first, second, source, whole]).toEqual([
        Float32Array.of(-1, 2),
        Float32Array.of(-1, 2),
        Float32Array.of(1, -2),
        Float32Array.of(1, 1),
      ])
    })
    test('dtypes come out as their host arrays', async () => {
      const x = leaf([3], [1], 'int32')
      expect(await run([b.less(x, x), b.add(x, x), b.cast(x, 'float32')])).toEqual([
        Uint8Array.of(0),
        Int32Array.of(6),
        Float32Array.of(3),
      ])
    })
    test('empty tensors', async () => {
      const x = leaf([], [0, 3], 'float32')
      expect(await run([b.neg(x), b.sum(x, [0]), b.sum(x, [1])])).toEqual([
        Float32Array.of(),
        Float32Array.of(0, 0, 0),
        Float32Array.of(),
      ])
    })
    test('updates replace residents together, at the end', async () => {
      const [one, two] = [device.resident([2], 'float32'), device.resident([2], 'float32')]
      one.write(Float32Array.of(1, 2))
      two.write(Float32Array.of(3, 4))
      const [x, y] = [leaf([0, 0], [2], 'float32'), leaf([0, 0], [2], 'float32')] as [
        NodeOf<'source'>,
        NodeOf<'source'>,
      ]
      const exchange = device.prepare({
        sources: [x, y],
        outputs: [b.add(y, y), b.sub(x, y), b.sum(x, [0])],
        updates: [0, 1, -1],
      })
      expect(await exchange.run([one, two])).toEqual([Float32Array.of(3)])
      expect([await one.read(), await two.read()]).toEqual([Float32Array.of(6, 8), Float32Array.of(-2, -2)])
      expect(await exchange.run([one, two])).toEqual([Float32Array.of(14)])
      expect([await one.read(), await two.read()]).toEqual([Float32Array.of(-4, -4), Float32Array.of(8, 10)])
      one.dispose()
      two.dispose()
      expect(device.residentBytes).toBe(0)
    })
    test('an index outside is an IndexError, and no resident has changed', async () => {
      const state = device.resident([1], 'float32')
      state.write(Float32Array.of(5))
      const [x, i] = [leaf([0], [1], 'float32'), leaf([0], [1], 'int32')] as [NodeOf<'source'>, NodeOf<'source'>]
      const executable = device.prepare({
        sources: [x, i],
        outputs: [b.neg(x), b.gather(b.exp(leafless([3])), i, 0), b.scatterAdd(x, i, 0, 3)],
        updates: [0, -1, -1],
      })
      for (const index of [3, -1]) {
        const failing = (async () => executable.run([state, Int32Array.of(index)]))()
        await expect(failing).rejects.toThrow(IndexError)
        await expect(failing).rejects.toMatchObject({ index, size: 3 })
        expect(await state.read()).toEqual(Float32Array.of(5))
      }
      expect(await executable.run([state, Int32Array.of(1)])).toEqual([Float32Array.of(1), Float32Array.of(0, 5, 0)])
      expect(await state.read()).toEqual(Float32Array.of(-5))
      state.dispose()
    })
    test('explain says something, peak bytes are counted', async () => {
      const { graph } = closed([b.exp(leaf([1, 2], [2], 'float32'))])
      const executable = device.prepare(graph)
      expect((await executable.explain()).length).toBeGreaterThan(10)
      expect(executable.peakBytes).toBeGreaterThanOrEqual(8)
    })
  })
}

/** Zeros that a compiler can fold. */
const leafless = (shape: readonly number[]): Node => b.full(shape, 0)

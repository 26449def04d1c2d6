import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CheckpointError, DataError, DTypeError, IndexError, OptionError, ShapeError } from '../errors.ts'
import { tensor } from '../tensor/create.ts'
import type { AnyTensor } from '../tensor/types.ts'
import { arrays } from './arrays.ts'
import { Dataset } from './dataset.ts'
import { loader } from './loader.ts'
import { permutation } from './permutation.ts'

/** Ten samples: x = [10 i, 10 i + 1], y = i. */
const ten = () =>
  arrays<{ x: AnyTensor; y: AnyTensor }>({
    x: { dtype: 'float32', shape: [10, 2], data: Float32Array.from({ length: 20 }, (_, i) => 10 * (i >> 1) + (i & 1)) },
    y: Int32Array.from({ length: 10 }, (_, i) => i),
  })
const labels = async (dataset: Dataset<unknown>): Promise<number[]> =>
  Array.from((await dataset.batch(Int32Array.from({ length: dataset.length }, (_, i) => i))).y!.data)

class Slow extends Dataset<{ y: number }> {
  readonly length = 7
  running = 0
  most = 0
  async get(index: number) {
    this.running++
    this.most = Math.max(this.most, this.running)
    await new Promise(resolve => setTimeout(resolve, 5))
    this.running--
    return { y: index }
  }
}

describe('permutation', () => {
  it('is one, and a function of its key', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(), fc.nat(1000), (n, seed, stream) => {
        const order = permutation(n, seed, stream)
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
        expect(permutation(n, seed, stream)).toEqual(order)
      }),
      { numRuns: 100 },
    )
    expect(permutation(50, 1, 0)).not.toEqual(permutation(50, 1, 1))
    expect(permutation(50, 1, 0)).not.toEqual(permutation(50, 2, 0))
  })
  it('puts every element everywhere equally often', () => {
    const counts = new Float64Array(25)
    for (let seed = 0; seed < 5000; seed++) permutation(5, seed).forEach((v, i) => void counts[v * 5 + i]!++)
    // χ² with 16 degrees of freedom is below 39 with probability 0.999
    const chi2 = counts.reduce((s, c) => s + (c - 1000) ** 2 / 1000, 0)
    expect(chi2).toBeLessThan(39)
  })
})

describe('arrays', () => {
  it('gives samples and batches', async () => {
    const sample = await ten().get(3)
    expect(sample.x.shape).toEqual([2])
    expect(await sample.x.array()).toEqual([30, 31])
    expect(await sample.y.item()).toBe(3)
    const batch = await ten().batch(Int32Array.of(9, 0))
    expect(batch.x).toEqual({ dtype: 'float32', shape: [2, 2], data: Float32Array.of(90, 91, 0, 1) })
    expect(batch.y).toEqual({ dtype: 'int32', shape: [2], data: Int32Array.of(9, 0) })
  })
  it('takes tensors, known or still to be computed', async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ])
    const set = arrays({ x, y: x.sum(1) })
    expect((await set.batch(Int32Array.of(1))).y!.data).toEqual(Float32Array.of(7))
  })
  it('takes bytes as whole numbers, like tensor(), and as truth values when asked', async () => {
    const set = arrays({ y: Uint8Array.of(3, 200), m: { dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) } })
    expect(await set.batch(Int32Array.of(1))).toEqual({
      y: { dtype: 'int32', shape: [1], data: Int32Array.of(200) },
      m: { dtype: 'bool', shape: [1], data: Uint8Array.of(1) },
    })
  })
  it('refuses what does not fit together', () => {
    expect(() => arrays({})).toThrow(DataError)
    expect(() => arrays({ x: tensor(3) })).toThrow(/'x' is a scalar/)
    expect(() => arrays({ x: new Float32Array(3), y: new Int32Array(4) })).toThrow('first sizes differ: x [3], y [4]')
    expect(() => arrays({ x: { dtype: 'float32', shape: [2, 2], data: new Float32Array(3) } })).toThrow(/needs 4/)
    // @ts-expect-error nested arrays are not host arrays
    expect(() => arrays({ x: [1, 2] })).toThrow(/must be a tensor/)
    expect(() => ten().batch(Int32Array.of(10))).toThrow(IndexError)
  })
})

describe('views', () => {
  it('take, subset and map', async () => {
    expect(await labels(ten().take(3))).toEqual([0, 1, 2])
    expect(await labels(ten().take(99))).toHaveLength(10)
    expect(await labels(ten().subset([7, 7, 1]).subset([2, 0]))).toEqual([1, 7])
    const mapped = ten().map(({ y }, index) => ({ y: y.mul(2), index }))
    const batch = await mapped.batch(Int32Array.of(4, 2))
    expect(batch.y).toEqual({ dtype: 'int32', shape: [2], data: Int32Array.of(8, 4) })
    expect(batch.index!.data).toEqual(Float32Array.of(4, 2))
    expect(() => ten().subset([10])).toThrow(IndexError)
    expect(() => ten().take(-1)).toThrow(OptionError)
  })
  it('split into disjoint parts, the same ones for a seed', async () => {
    const parts = await Promise.all(ten().split([0.5, 0.3, 0.2], { seed: 3 }).map(labels))
    expect(parts.map(p => p.length)).toEqual([5, 3, 2])
    expect(parts.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(parts).toEqual(await Promise.all(ten().split([0.5, 0.3, 0.2], { seed: 3 }).map(labels)))
    expect(parts).not.toEqual(await Promise.all(ten().split([0.5, 0.3, 0.2], { seed: 4 }).map(labels)))
    expect(await Promise.all(ten().split([8, 2], { shuffle: false }).map(labels))).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9],
    ])
    expect(() => ten().split([0.8, 0.8])).toThrow(OptionError)
    expect(() => ten().split([8, 3])).toThrow('needs 11 samples, the data set has 10')
  })
  it('name the sample and the field that do not stack', async () => {
    const ragged = ten().map((_, i) => ({ x: new Float32Array(i + 1) }))
    await expect(ragged.batch(Int32Array.of(0, 1))).rejects.toThrow(ShapeError)
    await expect(ragged.batch(Int32Array.of(0, 1))).rejects.toThrow("'x' is [1] in one sample and [2] in another")
    await expect(
      ten()
        .map(() => ({ x: 'text' }))
        .batch(Int32Array.of(0)),
    ).rejects.toThrow(DTypeError)
    await expect(
      ten()
        .map(() => 3)
        .batch(Int32Array.of(0)),
    ).rejects.toThrow(/named fields/)
  })
})

describe('loader', () => {
  const epoch = async (batches: AsyncIterable<Record<string, AnyTensor>>): Promise<number[][]> => {
    const seen: number[][] = []
    for await (const { y } of batches) seen.push(Array.from((await y!.data()) as ArrayLike<number>))
    return seen
  }
  it('gives every sample once an epoch, in batches', async () => {
    const batches = loader(ten(), { batchSize: 4 })
    expect(batches.length).toBe(3)
    expect(await epoch(batches)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ])
    expect(await epoch(loader(ten(), { batchSize: 4, dropLast: true }))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ])
  })
  it('shuffles anew in each epoch, alike for a seed', async () => {
    const a = loader(ten(), { batchSize: 10, shuffle: true, seed: 5 })
    const b = loader(ten(), { batchSize: 10, shuffle: true, seed: 5 })
    const [first, second] = [await epoch(a), await epoch(a)]
    expect(first).not.toEqual(second)
    expect([...first[0]!].sort((x, y) => x - y)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect([await epoch(b), await epoch(b)]).toEqual([first, second])
  })
  it('resumes behind the batch that was handed out last', async () => {
    const options = { batchSize: 3, shuffle: true, seed: 9 }
    const straight = loader(ten(), options)
    const all = [...(await epoch(straight)), ...(await epoch(straight))]
    const first = loader(ten(), options)
    const seen: number[][] = []
    for await (const { y } of first) {
      seen.push(Array.from(await y.data()))
      if (seen.length === 2) break
    }
    const state = JSON.parse(JSON.stringify(first.state()))
    expect(state).toEqual({ epoch: 0, batch: 2, seed: 9 })
    const second = loader(ten(), { ...options, seed: 0 })
    second.load(state)
    expect([...seen, ...(await epoch(second)), ...(await epoch(second))]).toEqual(all)
    expect(() => second.load({ epoch: 0, batch: 9, seed: 0 })).toThrow(CheckpointError)
  })
  it('reads ahead where samples come asynchronously, and no further', async () => {
    const slow = new Slow()
    const batches = loader(slow, { batchSize: 1, prefetch: 2 })
    const seen: number[] = []
    for await (const { y } of batches) seen.push((await (y as AnyTensor).sum().item()) as number)
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(slow.most).toBe(3)
  })
  it('refuses nonsense', () => {
    expect(() => loader(ten().take(0))).toThrow(DataError)
    expect(() => loader(ten(), { batchSize: 0 })).toThrow(OptionError)
    expect(() => loader(ten(), { batchSize: 11, dropLast: true })).toThrow('10 samples make no batch of 11')
  })
})

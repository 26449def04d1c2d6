import { expect, test } from 'vitest'
import { arange, concat, OptionError, ShapeError, stack, type Tensor, tensor, zeros } from '../../src/index.ts'
import { expectValues, onEachDevice } from './devices.ts'

const count = (...shape: number[]): Tensor =>
  arange(shape.reduce((n, d) => n * d, 1))
    .toFloat()
    .reshape(shape) as Tensor
/** Nested arrays whose elements are f(indices). */
const built = (shape: readonly number[], f: (...i: number[]) => number, at: number[] = []): never =>
  (at.length === shape.length
    ? f(...at)
    : Array.from({ length: shape[at.length]! }, (_, i) => built(shape, f, [...at, i]))) as never

onEachDevice('movement', () => {
  test('reshape, flatten, squeeze', async () => {
    await expectValues(
      count(6).reshape([2, -1]),
      built([2, 3], (i, j) => 3 * i + j),
    )
    expect(count(2, 3, 4).flatten().shape).toEqual([2, 12])
    expect(count(2, 3, 4).flatten(0).shape).toEqual([24])
    expect(count(2).flatten().shape).toEqual([2, 1])
    expect(count(1, 2, 1).squeeze().shape).toEqual([2])
    expect(count(1, 2, 1).squeeze(-1).shape).toEqual([1, 2])
    expect(count(2, 3).unsqueeze(-1).shape).toEqual([2, 3, 1])
    expect(zeros([0, 3]).reshape([3, -1] as never).shape).toEqual([3, 0])
    expect(() => zeros([0, 3]).reshape([0, -1] as never)).toThrow(ShapeError)
  })
  test('calls that the compiler would refuse', () => {
    const x = count(3, 1) as never as Record<string, (...wrong: unknown[]) => unknown>
    expect(() => x.reshape!(3)).toThrow('reshape: needs a list, as in reshape([2, -1])')
    expect(() => x.expand!(3)).toThrow('expand: needs a list, as in expand([2, -1])')
    expect(() => x.permute!()).toThrow('permute: needs a list, as in permute([1, 0])')
    expect(() => x.tile!(2)).toThrow('tile: needs a list, as in tile([2, 1])')
    expect(() => x.split!()).toThrow('split: needs a list, as in split([1, 2])')
    expect(() => x.flip!('a')).toThrow('flip: axis must be a number or an array of numbers')
    expect(() => x.squeeze!('a')).toThrow('squeeze: axis must be a number or an array of numbers')
    expect(() => x.slice!(0, 2)).toThrow("slice: needs a list, as in slice([[0, 2], ':'])")
    const join = { concat, stack } as never as Record<string, (...wrong: unknown[]) => unknown>
    expect(() => join.concat!(x, x)).toThrow('concat: needs a list, as in concat([a, b])')
    expect(() => join.stack!(x, x)).toThrow('stack: needs a list, as in stack([a, b])')
    expect(() => x.reshape!(3)).toThrow(ShapeError)
  })
  test('permute, transpose', async () => {
    await expectValues(
      count(2, 3, 4).permute([2, 0, 1]),
      built([4, 2, 3], (i, j, k) => 12 * j + 4 * k + i),
    )
    await expectValues(
      count(2, 3).T,
      built([3, 2], (i, j) => 3 * j + i),
    )
    await expectValues(
      count(2, 3, 4).transpose(),
      built([2, 4, 3], (i, j, k) => 12 * i + 4 * k + j),
    )
    await expectValues(
      count(2, 3, 4).transpose(0, -1),
      built([4, 3, 2], (i, j, k) => 12 * k + 4 * j + i),
    )
  })
  test('expand, tile, repeat, roll, flip', async () => {
    await expectValues(
      count(3, 1).expand([2, -1, 2]),
      built([2, 3, 2], (_, j) => j),
    )
    await expectValues(
      count(2, 3).tile([2, 2]),
      built([4, 6], (i, j) => 3 * (i % 2) + (j % 3)),
    )
    await expectValues(
      count(2).tile([2, 1, 2]),
      built([2, 1, 4], (_i, _j, k) => k % 2),
    )
    await expectValues(
      count(2, 2).repeat(3, 1),
      built([2, 6], (i, j) => 2 * i + Math.floor(j / 3)),
    )
    await expectValues(count(5).roll(2), [3, 4, 0, 1, 2])
    await expectValues(count(5).roll(-6), [1, 2, 3, 4, 0])
    await expectValues(
      count(2, 3).flip(),
      built([2, 3], (i, j) => 5 - 3 * i - j),
    )
    await expectValues(
      count(2, 3).flip(-1),
      built([2, 3], (i, j) => 3 * i + 2 - j),
    )
  })
  test('pad', async () => {
    await expectValues(count(2).pad([[1, 2]]), [0, 0, 1, 0, 0])
    await expectValues(count(2).pad(1, 9), [9, 0, 1, 9])
    await expectValues(count(4).pad([[-1, 1]]), [1, 2, 3, 0])
    await expectValues(tensor([true]).pad([[1, 0]]), [false, true])
    await expectValues(count(2, 2).pad([0, [0, 1]], -1), [
      [0, 1, -1],
      [2, 3, -1],
    ])
  })
  test('slice and at', async () => {
    const x = count(4, 6)
    await expectValues(x.at(1), [6, 7, 8, 9, 10, 11])
    await expectValues(x.at(-1, -1), 23)
    await expectValues(
      x.at(':', [1, 6, 2]),
      built([4, 3], (i, j) => 6 * i + 1 + 2 * j),
    )
    await expectValues(x.at([1, -1], 0), [6, 12])
    await expectValues(x.at('...', 2), [2, 8, 14, 20])
    await expectValues(x.at(null, 0, [-2]), [[4, 5]])
    await expectValues(
      x.slice([
        [1, 3],
        [0, 100, 5],
      ]),
      [
        [6, 11],
        [12, 17],
      ],
    )
    expect(x.slice([[3, 1]]).shape).toEqual([0, 6])
    expect(() => x.at([0, 4, -1])).toThrow(OptionError)
    expect(() => x.at('...', 0, '...')).toThrow(ShapeError)
  })
  test('concat, stack, split, chunk', async () => {
    const x = count(2, 2)
    await expectValues(
      concat([x, x.add(4)]),
      built([4, 2], (i, j) => 2 * i + j),
    )
    await expectValues(
      concat([x, x], -1),
      built([2, 4], (i, j) => 2 * i + (j % 2)),
    )
    await expectValues(
      stack([x, x.neg()], 2),
      built([2, 2, 2], (i, j, k) => (k === 0 ? 1 : -1) * (2 * i + j)),
    )
    expect(concat([x, tensor([[1, 2]], { dtype: 'int32' })]).dtype).toBe('float32')
    const pieces = count(5).split(2)
    expect(pieces.map(p => p.shape)).toEqual([[2], [2], [1]])
    await expectValues(pieces[2]!, [4])
    const uneven = count(2, 5).split([1, 4], 1)
    await expectValues(
      uneven[1]!,
      built([2, 4], (i, j) => 5 * i + j + 1),
    )
    expect(
      count(7)
        .chunk(3)
        .map(p => p.shape),
    ).toEqual([[3], [3], [1]])
    expect(() => count(5).split([2, 2])).toThrow(ShapeError)
    expect(() => count(5).split(0)).toThrow(OptionError)
  })
})

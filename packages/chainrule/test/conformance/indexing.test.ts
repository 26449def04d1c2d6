import { expect, test } from 'vitest'
import { DTypeError, IndexError, OptionError, ShapeError, tensor, zeros } from '../../src/index.ts'
import { expectValues, numbers, onEachDevice } from './devices.ts'

const int = (values: never) => tensor(values, { dtype: 'int32' }) as never
const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
])

onEachDevice('indexing', () => {
  test('take, indexSelect, gather', async () => {
    await expectValues(x.take(int([1, 0, 1] as never)), [
      [4, 5, 6],
      [1, 2, 3],
      [4, 5, 6],
    ])
    await expectValues(x.take(int([[2], [0]] as never), 1), [
      [[3], [1]],
      [[6], [4]],
    ])
    await expectValues(x.indexSelect(1, int([2, 2] as never)), [
      [3, 3],
      [6, 6],
    ])
    await expectValues(
      x.gather(
        1,
        int([
          [2, 0],
          [1, 1],
        ] as never),
      ),
      [
        [3, 1],
        [5, 5],
      ],
    )
    await expectValues(x.gather(0, int([[1, 0, 1]] as never)), [[4, 2, 6]])
    await expectValues(x.takeAlong(int([[2], [0]] as never), 1), [[3], [4]])
  })
  test('scatterAdd', async () => {
    await expectValues(
      x.scatterAdd(
        1,
        int([
          [0, 0],
          [2, 1],
        ] as never),
        tensor([
          [10, 20],
          [30, 40],
        ]),
      ),
      [
        [31, 2, 3],
        [4, 45, 36],
      ],
    )
    await expectValues(
      zeros([3, 2]).scatterAdd(
        0,
        int([
          [2, 0],
          [2, 1],
        ] as never),
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
      [
        [0, 2],
        [0, 4],
        [4, 0],
      ],
    )
  })
  test('oneHot', async () => {
    await expectValues(int([1, 0, 2] as never) && tensor([1, 0, 2], { dtype: 'int32' }).oneHot(3), [
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ])
  })
  test('sort, argsort, topk', async () => {
    const values = numbers(40).map(Math.fround)
    const sorted = [...values].sort((a, b) => a - b)
    await expectValues(tensor(values).sort(), sorted)
    await expectValues(tensor(values).sort(0, { descending: true }), [...sorted].reverse())
    await expectValues(
      tensor([
        [3, 1],
        [2, 4],
        [1, 9],
      ]).sort(0),
      [
        [1, 1],
        [2, 4],
        [3, 9],
      ],
    )
    await expectValues(tensor([2, 1, 2, 1]).argsort(), [1, 3, 0, 2])
    await expectValues(tensor([2, 1, 2, 1]).argsort(0, { descending: true }), [0, 2, 1, 3])
    const { NaN: nan, POSITIVE_INFINITY: most } = Number
    for (const rest of [[], numbers(60)]) {
      const x = tensor([1, nan, most, ...rest, nan])
      const ordered = [...rest, 1, most].sort((a, b) => a - b)
      const last = rest.length + 3
      // NaN is the largest, as for max and argmax
      await expectValues(x.sort(), [...ordered, nan, nan])
      await expectValues(x.sort(0, { descending: true }), [nan, nan, ...ordered.reverse()])
      await expectValues(x.topk(3).indices, [1, last, 2])
      await expectValues(x.topk(1, 0, { smallest: true }).values, ordered.slice(-1))
    }
    const top = tensor(values).topk(3)
    await expectValues(top.values, sorted.slice(-3).reverse())
    await expectValues(
      top.indices,
      sorted
        .slice(-3)
        .reverse()
        .map(v => values.indexOf(v)),
    )
    await expectValues(x.topk(1, 0, { smallest: true }).values, [[1, 2, 3]])
    expect(x.topk(0).values.shape).toEqual([2, 0])
    expect(tensor([3, 1], { dtype: 'int32' }).sort().dtype).toBe('int32')
  })
  test('an index outside is an error, never a neighbour', async () => {
    await expect(x.take(int([2] as never)).data()).rejects.toThrow(IndexError)
    await expect(x.take(int([-1] as never)).data()).rejects.toThrow(IndexError)
    await expect(x.gather(1, int([[3], [0]] as never)).data()).rejects.toThrow(IndexError)
    await expect(x.scatterAdd(1, int([[3], [0]] as never), tensor([[1], [1]])).data()).rejects.toThrow(IndexError)
    await expect(tensor([3], { dtype: 'int32' }).oneHot(3).data()).rejects.toThrow(IndexError)
    await expectValues(x.take(int([1] as never)), [[4, 5, 6]])
  })
  test('what does not fit', () => {
    expect(() => x.take(tensor([1]) as never)).toThrow(DTypeError)
    expect(() => x.gather(1, int([1] as never))).toThrow(ShapeError)
    expect(() => x.gather(1, int([[0], [0], [0]] as never))).toThrow(ShapeError)
    expect(() => x.topk(4)).toThrow(OptionError)
    expect(() => tensor([1], { dtype: 'int32' }).oneHot(0)).toThrow(OptionError)
  })
})

import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import {
  AxisError,
  all,
  arange,
  assertShape,
  ChainruleError,
  DTypeError,
  eye,
  full,
  grad,
  graphviz,
  linspace,
  OptionError,
  ones,
  planCount,
  print,
  ShapeError,
  type Tensor,
  tensor,
  variable,
  where,
  withScope,
  zeros,
  zerosLike,
} from '../../src/index.ts'
import { expectValues, onEachDevice } from './devices.ts'

onEachDevice('values', () => {
  test('JSON has the text, not the graph', async () => {
    const x = tensor([1, 2]).mul(2)
    expect(JSON.parse(JSON.stringify({ x, w: variable(x) }))).toEqual({
      x: `${x}`,
      w: expect.stringMatching('Variable'),
    })
  })
  test('given', async () => {
    await expectValues(tensor(3), 3)
    await expectValues(
      tensor([
        [1, 2],
        [3, 4],
      ]),
      [
        [1, 2],
        [3, 4],
      ],
    )
    await expectValues(tensor(Float32Array.of(1, 2, 3, 4), { shape: [2, 2] }), [
      [1, 2],
      [3, 4],
    ])
    expect(tensor([true]).dtype).toBe('bool')
    expect(tensor(Uint8Array.of(7)).dtype).toBe('int32')
    await expectValues(tensor(Uint8Array.of(0, 7), { dtype: 'bool' }), [false, true])
    await expectValues(tensor([]), [])
    const source = Float32Array.of(1, 2)
    const copy = tensor(source)
    source[0] = 9
    await expectValues(copy, [1, 2])
  })
  test('that make no tensor', () => {
    expect(() => tensor([[1, 2], [3]])).toThrow('rows of different length')
    expect(() => tensor([1, [2]] as never)).toThrow(ShapeError)
    expect(() => tensor([[1], 2] as never)).toThrow(ShapeError)
    expect(() => tensor(['1'] as never)).toThrow(DTypeError)
    expect(() => tensor([1.5], { dtype: 'int32' })).toThrow('1.5 is not an int32')
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow('3 value(s) do not fill [2, 2]')
    expect(() => zeros([-1])).toThrow(ShapeError)
    expect(() => arange(0, 1, 0)).toThrow(OptionError)
  })
  test('mistakes that only JavaScript lets through', () => {
    const a = tensor([1, 2, 3])
    for (const wrong of [undefined, null, [1, 2, 3], true, '1'] as never[]) {
      const operations = [a.add, a.pow, a.gt, a.eq, a.gt(0).and, a.matmul, a.dot, a.outer, a.maximum]
      for (const operation of operations)
        expect(() => (operation as (x: never) => unknown).call(a.gt(0), wrong)).toThrow('; use tensor(…)')
      expect(() => where(a.gt(0), wrong, 0)).toThrow('where: needs a tensor')
    }
    expect(() => a.add([1, 2, 3] as never)).toThrow('add: needs a tensor, got array; use tensor(…)')
    for (const wrong of [3, undefined, null, '3'] as never[]) expect(() => zeros(wrong)).toThrow(ShapeError)
    for (const wrong of [{ axis: 0 }, null, '0'] as never[]) expect(() => a.sum(wrong)).toThrow(AxisError)
    expect(() => a.sum({ axis: 0 } as never)).toThrow('options come after it')
    expect(() => a.softmax(undefined as never)).toThrow('softmax: axis undefined is out of range for [3]')
    const options = { dtype: 'int64' as never }
    for (const make of [() => tensor([1], options), () => zeros([1], options), () => a.cast('int64' as never)])
      expect(make).toThrow("no dtype 'int64'; there is bool, int32, float32, float64")
  })
  test('counted and all alike', async () => {
    await expectValues(arange(4), [0, 1, 2, 3])
    await expectValues(arange(2, 8, 3), [2, 5])
    await expectValues(arange(3, 0, -1), [3, 2, 1])
    await expectValues(arange(0, 1, 0.25), [0, 0.25, 0.5, 0.75])
    expect(arange(0, 1, 0.25).dtype).toBe('float32')
    await expectValues(linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1])
    await expectValues(eye(2, 3), [
      [1, 0, 0],
      [0, 1, 0],
    ])
    await expectValues(full([2], 7, { dtype: 'int32' }), [7, 7])
    await expectValues(ones([2]).add(zerosLike(ones([2]))), [1, 1])
    expect(arange(0).shape).toEqual([0])
  })
  test('read', async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ])
    expect(await x.sum().item()).toBe(10)
    expect(await x.gt(0).all().item()).toBe(true)
    expect(await x.at(0, 0).array()).toBe(1)
    expect(await x.gt(2).array()).toEqual([
      [false, false],
      [true, true],
    ])
    expect(await x.toInt().data()).toEqual(Int32Array.of(1, 2, 3, 4))
    const data = await x.data()
    data[0] = 100
    expect(await x.at(0, 0).item()).toBe(1)
    await expect(x.item()).rejects.toThrow('item: needs one element, [2, 2] has 4')
    const y = await x.mul(2).realize()
    await expectValues(y, [
      [2, 4],
      [6, 8],
    ])
    const [p, q] = await all(x.add(1), x.sub(1))
    await expectValues(p, [
      [2, 3],
      [4, 5],
    ])
    await expectValues(q, [
      [0, 1],
      [2, 3],
    ])
    expect(() => `${Number(x)}`).toThrow(ChainruleError)
  })
  test('printed', async () => {
    const x = tensor([
      [1, 2.5],
      [-3, 400],
    ])
    expect(inspect(x)).toBe('Tensor [2, 2] float32\n[[  1.0000,   2.5000],\n [ -3.0000, 400.0000]]')
    expect(`${tensor([true, false])}`).toBe('BoolTensor [2] bool\n[ true, false]')
    expect(`${tensor(3)}`).toBe('Tensor [] float32 3')
    const scaled = withScope('body', () => withScope('0', () => x.mul(2)))
    expect(`${scaled}`).toBe('Tensor [2, 2] float32 in body.0 (not computed yet: mul)')
    await scaled.realize()
    expect(`${scaled}`).toContain('[[  2,')
    const long = `${tensor(Array.from({ length: 1000 }, (_, i) => i))}`
    expect(long).toBe('Tensor [1000] float32\n[  0,   1,   2, …, 997, 998, 999]')
    expect(`${zeros([100, 100])}`).not.toContain('[[')
    expect(inspect(variable(tensor([1])))).toContain('Variable [1] float32')
    expect(print(x.add(1))).toMatch(/add/)
    expect(graphviz(x.add(1))).toMatch(/^digraph/)
  })
  test('assertShape', () => {
    const x: Tensor = zeros([2, 3])
    expect(assertShape(x, [2, -1])).toBe(x)
    expect(() => assertShape(x, [3, 2])).toThrow('assertShape: expected [3, 2], got [2, 3]')
  })
  test('a loop plans once', async () => {
    const step = (i: number) => tensor([i, 1]).mul(2).sum().item()
    await step(0) // together with variables that are pending
    await step(0)
    const plans = planCount()
    for (let i = 1; i < 5; i++) expect(await step(i)).toBe(2 * i + 2)
    expect(planCount()).toBe(plans)
  })
  test('tensors without elements', async () => {
    const none = zeros([2, 0, 3])
    const w = variable(ones([3, 4]))
    const product = none.matmul(w)
    await expectValues(product.sum(), 0)
    await expectValues(grad(product.exp().sum(), w).sum(), 0)
    await expectValues(none.exp().sum([1, 2]), [0, 0])
    await expectValues(none.sum(1).add(1).at(0), [1, 1, 1])
    await expectValues(
      none
        .reshape([0, 6])
        .pad([[1, 1], 0], 2)
        .at(1),
      [2, 2, 2, 2, 2, 2],
    )
    await expectValues(
      zeros([2, 0])
        .matmul(zeros([0, 2]))
        .at(1),
      [0, 0],
    )
    expect(await none.cumsum(1).sort(1).data()).toHaveLength(0)
    expect((await product.permute([2, 1, 0]).exp().data()).length).toBe(0)
  })
})

import { expect, test } from 'vitest'
import { type AnyTensor, einsum, OptionError, ShapeError, type Tensor, tensor } from '../../src/index.ts'
import { expectValues, numbers, onEachDevice } from './devices.ts'

const random = (seed: number, ...shape: number[]): Tensor =>
  tensor(
    numbers(
      shape.reduce((n, d) => n * d, 1),
      -1,
      1,
      seed,
    ),
  ).reshape(shape) as Tensor

/** Einstein summation by its definition: a loop over every combination of indices. */
async function sumOverEverything(
  specification: string,
  tensors: readonly AnyTensor[],
): Promise<{ shape: number[]; values: number[] }> {
  const [left, right] = specification.split('->') as [string, string]
  const terms = left.split(',')
  const sizes = new Map<string, number>()
  terms.forEach((term, i) => {
    ;[...term].forEach((letter, axis) => {
      sizes.set(letter, tensors[i]!.shape[axis]!)
    })
  })
  const data = await Promise.all(tensors.map(t => t.data()))
  const letters = [...sizes.keys()]
  const place = (term: string, at: ReadonlyMap<string, number>) =>
    [...term].reduce((p, letter) => p * sizes.get(letter)! + at.get(letter)!, 0)
  const shape = [...right].map(l => sizes.get(l)!)
  const values = new Array<number>(shape.reduce((n, d) => n * d, 1)).fill(0)
  const total = letters.reduce((n, l) => n * sizes.get(l)!, 1)
  for (let i = 0; i < total; i++) {
    const at = new Map<string, number>()
    let rest = i
    for (const l of letters) {
      at.set(l, rest % sizes.get(l)!)
      rest = Math.floor(rest / sizes.get(l)!)
    }
    values[place(right, at)]! += terms.reduce((p, term, j) => p * data[j]![place(term, at)]!, 1)
  }
  return { shape, values }
}
async function expectEinsum(specification: string, ...tensors: AnyTensor[]): Promise<void> {
  const { shape, values } = await sumOverEverything(specification, tensors)
  const y = einsum(specification, ...tensors)
  expect(y.shape).toEqual(shape)
  await expectValues(y.reshape([-1]), values, 1e-5)
}

onEachDevice('products', () => {
  test('matmul in every combination of ranks', async () => {
    const pairs: [number[], number[], string][] = [
      [[3, 4], [4, 5], 'mk,kn->mn'],
      [[4], [4, 5], 'k,kn->n'],
      [[3, 4], [4], 'mk,k->m'],
      [[4], [4], 'k,k->'],
      [[2, 3, 4], [2, 4, 5], 'bmk,bkn->bmn'],
      [[2, 3, 4], [4, 5], 'bmk,kn->bmn'],
      [[3, 4], [2, 4, 5], 'mk,bkn->bmn'],
      [[2, 3, 4], [4], 'bmk,k->bm'],
      [[4], [2, 4, 5], 'k,bkn->bn'],
    ]
    for (const [a, b, specification] of pairs) {
      const [x, y] = [random(1, ...a), random(2, ...b)]
      const { shape, values } = await sumOverEverything(specification, [x, y])
      const product = x.matmul(y)
      expect(product.shape).toEqual(shape)
      await expectValues(product.reshape([-1]), values, 1e-5)
    }
    const wide = random(3, 2, 1, 3, 4).matmul(random(4, 5, 4, 2))
    expect(wide.shape).toEqual([2, 5, 3, 2])
    const whole = tensor([[1, 2]], { dtype: 'int32' })
    expect(whole.matmul(whole.T as never).dtype).toBe('int32')
    expect(random(1, 2, 0).matmul(random(1, 0, 3)).shape).toEqual([2, 3])
  })
  test('dot and outer', async () => {
    await expectValues(tensor([1, 2, 3]).dot(tensor([4, 5, 6])), 32)
    await expectValues(tensor([1, 2]).outer(tensor([3, 4, 5])), [
      [3, 4, 5],
      [6, 8, 10],
    ])
  })
  test('einsum', async () => {
    const [a, b, c] = [random(1, 3, 4), random(2, 4, 5), random(3, 5, 3)]
    await expectEinsum('ij,jk->ik', a, b)
    await expectEinsum('ij,jk->ki', a, b)
    await expectEinsum('ij->ji', a)
    await expectEinsum('ij->', a)
    await expectEinsum('ij->j', a)
    await expectEinsum('ij,jk,ki->', a, b, c)
    await expectEinsum('ij,jk,kl->il', a, b, c)
    await expectEinsum('ij,kl->ikjl', a, b)
    await expectEinsum('ii->i', random(4, 3, 3))
    await expectEinsum('ii->', random(4, 3, 3))
    await expectEinsum('iij,jk->ik', random(4, 3, 3, 4), b)
    await expectEinsum('bhqd,bhkd->bhqk', random(5, 2, 2, 3, 4), random(6, 2, 2, 5, 4))
    await expectEinsum('i,j,k->ijk', random(1, 2), random(2, 3), random(3, 4))
    await expectValues(
      einsum('ij,jk', a, b).sub(a.matmul(b)),
      [0, 1, 2].map(() => [0, 0, 0, 0, 0]),
    )
  })
  test('einsum with broadcast axes', async () => {
    const [x, y] = [random(1, 2, 3, 4), random(2, 4, 5)]
    await expectValues(einsum('...ij,jk->...ik', x, y).sub(x.matmul(y)).abs().max(), 0)
    await expectValues(einsum('...ij,...jk', x, y.unsqueeze(0)).sub(x.matmul(y)).abs().max(), 0)
    await expectValues(einsum('...i->...', x).sub(x.sum(2)).abs().max(), 0)
    await expectValues(einsum('i...->...', x).sub(x.sum(0)).abs().max(), 0)
    await expectValues(einsum('...,...->', x, x).sub(x.square().sum()).abs(), 0, 1e-5)
  })
  test('einsum says what is wrong', () => {
    const a = random(1, 3, 4)
    expect(() => einsum('ij,jk->ik', a)).toThrow(OptionError)
    expect(() => einsum('ijk->i', a)).toThrow('names 3 axes, [3, 4] has 2')
    expect(() => einsum('i1->i', a)).toThrow(OptionError)
    expect(() => einsum('ij->ik', a)).toThrow("output axis 'k' occurs in no operand")
    expect(() => einsum('ij->ii', a)).toThrow(OptionError)
    expect(() => einsum('ij->j->i', a)).toThrow(OptionError)
    expect(() => einsum('ij,jk->ik', a, a)).toThrow(ShapeError)
    expect(() => einsum('ii->i', a)).toThrow("axis 'i' is 3 and 4")
  })
})

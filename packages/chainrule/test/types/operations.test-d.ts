/**
 * What the types say of tensor operations: the shape of every result, and that what does not fit does not compile. Checked by
 * `tsc`, never run. `is<S>()(t, true)` compiles only if t has exactly the shape S.
 */

import {
  type AnyTensor,
  arange,
  assertShape,
  type BoolTensor,
  concat,
  eye,
  type Float64Tensor,
  full,
  grad,
  type IntTensor,
  linspace,
  ones,
  random,
  type Shape,
  stack,
  type Tensor,
  type TensorLike,
  tensor,
  type Variable,
  variable,
  where,
  zeros,
} from '../../src/index.ts'
import type { Same } from '../../src/tensor/dimension-types.ts'

const is =
  <Expected extends Shape>() =>
  <S extends Shape>(_: TensorLike<S>, _same: Same<S, Expected>) => {}
const typed =
  <Expected>() =>
  <T>(_: T, _same: Same<T, Expected>) => {}

const a = zeros([32, 784])
const w = zeros([784, 128])
const b = zeros([128])
const indices = zeros([5], { dtype: 'int32' })
const n: number = 5
const partly = zeros([n, 784])
const dynamic: Tensor = a
const mask = a.gt(0)

// creation
typed<Tensor<[2, 3]>>()(
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]),
  true,
)
typed<Tensor<[]>>()(tensor(3), true)
typed<BoolTensor<[2]>>()(tensor([true, false]), true)
typed<IntTensor<[number]>>()(tensor(new Int32Array(3)), true)
typed<Float64Tensor<[number]>>()(tensor(new Float64Array(3)), true)
typed<Tensor<[2, 3]>>()(tensor(new Float32Array(6), { shape: [2, 3] }), true)
typed<IntTensor<[3]>>()(tensor([1, 2, 3], { dtype: 'int32' }), true)
const rows: number[][] = []
is<[number, number]>()(tensor(rows), true)
typed<Tensor<[2, 3]>>()(full([2, 3], 7), true)
typed<IntTensor<[2]>>()(ones([2], { dtype: 'int32' }), true)
typed<IntTensor<[4]>>()(arange(4), true)
is<[5]>()(linspace(0, 1, 5), true)
is<[3, 3]>()(eye(3), true)
is<[2, 5]>()(random.normal([2, 5]), true)
typed<IntTensor<[2, 5]>>()(random.integers([2, 5], 0, 3), true)
typed<Variable<[32, 784]>>()(variable(a), true)
// @ts-expect-error a string is no value
tensor('1')
// @ts-expect-error no such element type
zeros([2], { dtype: 'float16' })

// element types
typed<Tensor<[32, 784]>>()(a.add(1), true)
// a number leaves a shape that is not known yet
export const generic = <S extends Shape>(x: Tensor<S>): Tensor<S> => x.relu().add(1).div(2).maximum(0).square()
export const above = <S extends Shape>(x: Tensor<S>): BoolTensor<S> => x.gt(0)
export const either = (x: Tensor<[3]>, y: Tensor<[2, 1]> | number) => x.add(y)
typed<Tensor<[5]>>()(indices.add(tensor(1)), true)
typed<IntTensor<[5]>>()(indices.add(1), true)
typed<Tensor<[5]>>()(indices.mul(0.5), true)
typed<Tensor<[5]>>()(indices.div(2), true)
typed<IntTensor<[5]>>()(indices.add(indices), true)
typed<IntTensor<[32, 784]>>()(mask.add(mask), true)
typed<BoolTensor<[32, 784]>>()(mask.and(mask.not()), true)
typed<Tensor<[5]>>()(indices.exp(), true)
typed<Float64Tensor<[32, 784]>>()(a.cast('float64').mul(a), true)
typed<IntTensor<[32]>>()(a.argmax(1), true)
typed<Tensor<[]>>()(indices.mean(), true)
// @ts-expect-error numbers are no condition
where(a, a, a)
// @ts-expect-error logic needs bool
a.and(mask)
// @ts-expect-error logic needs bool
mask.or(a)
// @ts-expect-error logic needs bool
a.not()
// @ts-expect-error indices must be int32
w.take(a)
// @ts-expect-error indices must be int32
w.gather(0, a)
// @ts-expect-error indices must be int32
a.oneHot(3)
// @ts-expect-error a float64 tensor is no float32 tensor
export const narrowed: Tensor = a.cast('float64')

// broadcasting
is<[32, 128]>()(a.matmul(w).add(b), true)
is<[8, 1, 64, 3]>()(zeros([1, 1, 64, 1]).add(zeros([8, 1, 1, 3])), true)
is<[number, 784]>()(partly.add(zeros([784])), true)
is<Shape>()(dynamic.add(w), true)
is<[32, 784]>()(a.maximum(0).clamp(0, 1).pow(2), true)
is<[32, 784]>()(a.lerp(a, 0.5), true)
is<[32, 784]>()(where(mask, a, 0), true)
is<[32, 784]>()(where(mask, zeros([784]), zeros([32, 1])), true)
is<[4, 32, 784]>()(a.expand([4, -1, -1]), true)
is<[4, 2]>()(b.at(null, [0, 1]).broadcastTo([4, 2]), true)
// @ts-expect-error 784 and 32
a.add(zeros([32]))
// @ts-expect-error 784 and 32
a.sub(zeros([32]))
// @ts-expect-error 784 and 32
a.mul(zeros([32]))
// @ts-expect-error 784 and 32
a.div(zeros([32]))
// @ts-expect-error 784 and 32
a.pow(zeros([32]))
// @ts-expect-error 784 and 32
a.mod(zeros([32]))
// @ts-expect-error 784 and 32
a.floorDiv(zeros([32]))
// @ts-expect-error 784 and 32
a.maximum(zeros([32]))
// @ts-expect-error 784 and 32
a.minimum(zeros([32]))
// @ts-expect-error 784 and 32
a.lerp(zeros([32]), 0.5)
// @ts-expect-error 784 and 32
a.eq(zeros([32]))
// @ts-expect-error 784 and 32
a.lt(zeros([32]))
// @ts-expect-error 784 and 32
mask.and(zeros([32], { dtype: 'bool' }))
// @ts-expect-error 784 and 32
where(mask, a, zeros([32]))
// @ts-expect-error 784 cannot become 783
a.expand([4, 32, 783])
// @ts-expect-error fewer axes
a.broadcastTo([784])

// products
is<[8, 12, 64, 64]>()(zeros([8, 12, 64, 32]).matmul(zeros([8, 12, 32, 64])), true)
is<[8, 12, 64, 64]>()(zeros([8, 12, 64, 32]).matmul(zeros([32, 64])), true)
is<[32]>()(a.matmul(zeros([784])), true)
is<[128]>()(zeros([784]).matmul(w), true)
is<[]>()(b.matmul(b), true)
is<[]>()(b.dot(b), true)
is<[128, 5]>()(b.outer(indices), true)
is<[number, 128]>()(partly.matmul(w), true)
is<Shape>()(dynamic.matmul(w), true)
// @ts-expect-error inner dimensions
a.matmul(zeros([100, 10]))
// @ts-expect-error inner dimensions
a.matmul(b)
// @ts-expect-error inner dimensions
b.matmul(zeros([100, 10]))
// @ts-expect-error batch dimensions
zeros([3, 4, 5]).matmul(zeros([2, 5, 6]))
// @ts-expect-error a scalar has no product
a.matmul(zeros([]))
// @ts-expect-error lengths
b.dot(zeros([127]))
// @ts-expect-error no vectors
a.outer(b)

// reductions
is<[32]>()(a.sum(1), true)
is<[32, 1]>()(a.sum(-1, { keepdims: true }), true)
is<[784]>()(a.mean(0), true)
is<[]>()(a.sum(), true)
is<[1, 1]>()(a.max(undefined, { keepdims: true }), true)
is<[4]>()(zeros([2, 3, 4]).sum([0, 1]), true)
is<[1, 3, 1]>()(zeros([2, 3, 4]).var([0, -1], { keepdims: true, correction: 0 }), true)
is<[2, 3]>()(zeros([2, 3, 4]).norm(2), true)
is<[2]>()(zeros([2, 3]).logsumexp(1), true)
typed<BoolTensor<[3]>>()(mask.any(0).slice([[0, 3]]), true)
is<Shape>()(a.sum(n), true)
is<Shape>()(dynamic.sum(0), true)
is<[32, 784]>()(a.softmax(-1), true)
is<[32, 784]>()(a.cumsum(0), true)
is<[32, 784]>()(a.sort(), true)
// @ts-expect-error axis
a.sum(2)
// @ts-expect-error axis
a.sum(-3)
// @ts-expect-error axis
a.sum(0.5)
// @ts-expect-error axis
a.mean([0, 2])
// @ts-expect-error twice
a.max([1, -1])
// @ts-expect-error axis
a.prod(2)
// @ts-expect-error axis
a.min(2)
// @ts-expect-error axis
a.var(2)
// @ts-expect-error axis
a.std(2)
// @ts-expect-error axis
a.norm(2)
// @ts-expect-error axis
a.logsumexp(2)
// @ts-expect-error axis
mask.all(2)
// @ts-expect-error axis
a.argmax(2)
// @ts-expect-error axis
a.argmin(-3)
// @ts-expect-error axis
a.softmax(-3)
// @ts-expect-error axis
a.logSoftmax(2)
// @ts-expect-error axis
a.cumsum(2)
// @ts-expect-error axis
a.sort(2)
// @ts-expect-error a scalar has no axes
zeros([]).softmax(0)

// movement
is<[32, 1, 28, 28]>()(a.reshape([32, 1, 28, 28]), true)
is<[32, 784]>()(a.reshape([-1, 784]), true)
is<[32, 16, 49]>()(a.reshape([32, -1, 49]), true)
is<[25088]>()(a.reshape([-1]), true)
is<[number, 28, 28]>()(partly.reshape([-1, 28, 28]), true)
is<[32, 28, 28]>()(dynamic.reshape([32, 28, 28]), true)
is<[4, 150528]>()(zeros([4, 224, 224, 3]).flatten(), true)
is<[24]>()(zeros([2, 3, 4]).flatten(0), true)
is<[784, 32]>()(a.permute([1, 0]), true)
is<[784, 32]>()(a.permute([-1, 0]), true)
is<[784, 32]>()(a.transpose(), true)
is<[4, 3, 2]>()(zeros([2, 3, 4]).transpose(0, 2), true)
is<[4, 3, 2]>()(zeros([2, 3, 4]).t(), true)
is<[2, 12, 5, 64]>()(zeros([2, 5, 768]).reshape([2, 5, 12, 64]).permute([0, 2, 1, 3]), true)
is<[2, 3]>()(zeros([1, 2, 1, 3]).squeeze(), true)
is<[1, 2, 3]>()(zeros([1, 2, 1, 3]).squeeze(2), true)
is<[32, 1, 784]>()(a.unsqueeze(1), true)
is<[32, 784, 1]>()(a.unsqueeze(-1), true)
is<[64, 1568]>()(a.tile([2, 2]), true)
// @ts-expect-error number of elements
a.reshape([32, 28, 29])
// @ts-expect-error not divisible
a.reshape([-1, 50])
// @ts-expect-error two unknowns
a.reshape([-1, -1])
// @ts-expect-error negative
a.reshape([-2, 784])
// @ts-expect-error an axis twice
a.permute([0, 0])
// @ts-expect-error too many axes
a.permute([0, 1, 2])
// @ts-expect-error axis
a.transpose(0, 2)
// @ts-expect-error axis
a.transpose(2, 0)
// @ts-expect-error not of size 1
a.squeeze(0)
// @ts-expect-error axis
a.unsqueeze(3)
// @ts-expect-error a scalar
zeros([]).flatten(1, 2)

// joining
is<[64, 784]>()(concat([a, zeros([30, 784]), zeros([2, 784])], 0), true)
is<[32, 786]>()(concat([a, zeros([32, 2])], -1), true)
is<[number, 784]>()(concat([a, partly]), true)
const list: Tensor<[2, 3]>[] = []
is<[number, 3]>()(concat(list, 0), true)
is<[2, 32, 784]>()(stack([a, a]), true)
is<[32, 784, 2]>()(stack([a, a], -1), true)
typed<Tensor<[10]>>()(concat([indices, zeros([5])]), true)
// @ts-expect-error other axes differ
concat([a, zeros([32, 10])], 0)
// @ts-expect-error axis
concat([a, a], 5)
// @ts-expect-error nothing
concat([])
// @ts-expect-error shapes differ
stack([a, zeros([32, 10])])
// @ts-expect-error axis
stack([a, a], 3)

// indexing
is<[784]>()(a.at(0), true)
is<[32, 3]>()(a.at(':', [1, 4]), true)
is<[]>()(a.at(-1, -1), true)
is<[1, 784]>()(a.at(null, 3), true)
is<Shape>()(a.at('...', 0), true)
is<[32, 392]>()(a.at(':', [0, 784, 2]), true)
is<[32, 4]>()(a.at(':', [-4]), true)
is<[2, 784]>()(a.slice([[0, 2]]), true)
is<[30, 782]>()(
  a.slice([
    [1, -1],
    [1, -1],
  ]),
  true,
)
is<[number, 784]>()(a.slice([[0, n]]), true)
is<[5, 128]>()(w.take(indices), true)
is<[784, 5]>()(w.take(indices, 1), true)
is<[784, 5]>()(w.indexSelect(1, indices), true)
is<[5, 10]>()(indices.oneHot(10), true)
// @ts-expect-error 32 is out of range
a.at(32)
// @ts-expect-error -785 is out of range
a.at(0, -785)
// @ts-expect-error too many
a.at(0, 0, 0)
// @ts-expect-error too many
a.slice([[0, 1], ':', ':'])
// @ts-expect-error axis
w.take(indices, 2)
// @ts-expect-error axis
w.indexSelect(2, indices)
// @ts-expect-error axis
w.gather(2, zeros([1, 1], { dtype: 'int32' }))

// known and unknown shapes
export const covariant: Tensor<[number, 784]> = a
export const forgotten: Tensor = a
export const readonlyShape: Tensor<readonly [number, number]> = a
export const anything: AnyTensor = indices
// @ts-expect-error a size that is not known is not 32
export const invented: Tensor<[32, 784]> = partly
is<[32, 10]>()(assertShape(dynamic, [32, 10]), true)
typed<Tensor>()(a.T, true)

// reading and derivatives
typed<Promise<number>>()(a.sum().item(), true)
typed<Promise<boolean>>()(mask.any().item(), true)
typed<Promise<number[][]>>()(a.array(), true)
typed<Promise<Int32Array>>()(indices.data(), true)
const derivatives = grad(a.sum(), { w: variable(w), list: [b] })
is<[784, 128]>()(derivatives.w, true)
is<[128]>()(derivatives.list[0], true)

// a generic batch
export function head<B extends number>(x: Tensor<[B, 784]>) {
  const h = x.matmul(w).add(b).relu()
  is<[B, 4, 32]>()(h.reshape([h.shape[0], 4, 32]), true)
  is<[B, 1, 28, 28]>()(x.reshape([x.shape[0], 1, 28, -1]), true)
  is<[B, 784]>()(x.reshape([x.shape[0], 1, 28, 28]).flatten(), true)
  is<[B, 128]>()(h.softmax(-1).sum(1, { keepdims: true }).add(h), true)
  is<[B, 128]>()(h.mul(2).sub(1), true)
  // @ts-expect-error inner dimensions
  h.matmul(zeros([100, 10]))
  return h.matmul(zeros([128, 10]))
}
is<[7, 10]>()(head(zeros([7, 784])), true)
is<[number, 10]>()(head(partly), true)
// @ts-expect-error 783 features
head(zeros([7, 783]))

export function attention<B extends number, T extends number>(q: Tensor<[B, 12, T, 64]>, k: Tensor<[B, 12, T, 64]>) {
  const scores = q.matmul(k.permute([0, 1, 3, 2])).div(8)
  is<[B, 12, T, T]>()(scores, true)
  return scores.softmax(-1).matmul(k)
}
is<[2, 12, 9, 64]>()(attention(zeros([2, 12, 9, 64]), zeros([2, 12, 9, 64])), true)

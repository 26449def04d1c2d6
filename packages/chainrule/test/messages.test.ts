/**
 * One mistake, one text: what the type of an argument says when shapes do not fit is what the program throws when it runs. The
 * literal given to `twin` must be the message that the shape rule computes as a type, or this file does not compile; the test
 * then provokes the error.
 */
import { expect, test } from 'vitest'
import { concat, ShapeError, stack, type Tensor, where, zeros } from '../src/index.ts'
import type { MessageOf } from '../src/tensor/dimension-types.ts'
import type { At, Slice } from '../src/tensor/index-types.ts'
import type {
  Broadcast,
  Concat,
  Dot,
  Expand,
  Flatten,
  HasAxis,
  MatMul,
  Outer,
  Permute,
  Reduce,
  Reshape,
  Squeeze,
  Stack,
  Transpose,
  Unsqueeze,
  Where,
} from '../src/tensor/shape-types.ts'

function twin<Rule>(message: MessageOf<Rule>, run: () => unknown): void {
  test(String(message), () => {
    expect(run).toThrow(ShapeError)
    expect(thrown(run)).toBe(message)
  })
}
function thrown(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

/** Shapes the types cannot see. */
const of = (...shape: number[]): Tensor => zeros(shape as readonly number[])
const a = of(32, 784)
const scalar = of()

twin<Broadcast<[32, 784], [32], 'add'>>('add: shapes [32, 784] and [32] do not broadcast', () => a.add(of(32)))
twin<Broadcast<[2, 3], [4, 3], 'lt'>>('lt: shapes [2, 3] and [4, 3] do not broadcast', () => of(2, 3).lt(of(4, 3)))
twin<Where<[2], [3], []>>('where: shapes [2] and [3] do not broadcast', () => where(of(2).gt(0), of(3), 0))
twin<Expand<[2, 3], [2, 4]>>('expand: [2, 3] cannot be repeated to [2, 4]', () => of(2, 3).expand([2, 4]))
twin<Expand<[2, 3], [3]>>('expand: [2, 3] cannot be repeated to [3]', () => of(2, 3).broadcastTo([3]))

twin<MatMul<[32, 784], [128, 784]>>('matmul: inner dimensions differ: [32, 784] @ [128, 784] (784 vs 128)', () =>
  a.matmul(of(128, 784)),
)
twin<MatMul<[3], [4, 5]>>('matmul: inner dimensions differ: [3] @ [4, 5] (3 vs 4)', () => of(3).matmul(of(4, 5)))
twin<MatMul<[2, 3], [4]>>('matmul: inner dimensions differ: [2, 3] @ [4] (3 vs 4)', () => of(2, 3).matmul(of(4)))
twin<MatMul<[3], [4]>>('matmul: inner dimensions differ: [3] @ [4] (3 vs 4)', () => of(3).matmul(of(4)))
twin<MatMul<[2, 3, 4], [5, 4, 6]>>('matmul batch dims: shapes [2] and [5] do not broadcast', () =>
  of(2, 3, 4).matmul(of(5, 4, 6)),
)
twin<MatMul<[2, 3], []>>('matmul: right operand must have rank >= 1, got []', () => of(2, 3).matmul(scalar))
twin<MatMul<[], [2, 3]>>('matmul: left operand must have rank >= 1, got []', () => scalar.matmul(of(2, 3)))
twin<Dot<[2], [3]>>('dot: needs two vectors of equal length, got [2] and [3]; use matmul()', () => of(2).dot(of(3)))
twin<Outer<[2, 2], [3]>>('outer: needs two vectors, got [2, 2] and [3]', () => of(2, 2).outer(of(3)))

twin<Reduce<[32, 784], 2, false, 'sum'>>('sum: axis 2 is out of range for [32, 784]', () => a.sum(2))
twin<Reduce<[32, 784], -3, true, 'max'>>('max: axis -3 is out of range for [32, 784]', () => a.max(-3))
twin<Reduce<[2, 3], [0, 5], false, 'mean'>>('mean: axis 5 is out of range for [2, 3]', () => of(2, 3).mean([0, 5]))
twin<Reduce<[2, 3], [1, -1], false, 'sum'>>('sum: axis given twice in [1, -1] for [2, 3]', () => of(2, 3).sum([1, -1]))
twin<Reduce<[2, 3], 2, false, 'var'>>('var: axis 2 is out of range for [2, 3]', () => of(2, 3).std(2))
twin<Reduce<[2], 1, false, 'argmax'>>('argmax: axis 1 is out of range for [2]', () => of(2).argmax(1))
twin<HasAxis<[32, 784], 2, 'softmax'>>('softmax: axis 2 is out of range for [32, 784]', () => a.softmax(2))
twin<HasAxis<[], 0, 'cumsum'>>('cumsum: axis 0 is out of range for []', () => scalar.cumsum(0))
twin<HasAxis<[2], 1, 'argsort'>>('argsort: axis 1 is out of range for [2]', () => of(2).sort(1))

twin<Reshape<[32, 784], [32, 28, 29]>>('reshape: [32, 784] has 25088 elements, [32, 28, 29] has 25984', () =>
  a.reshape([32, 28, 29]),
)
twin<Reshape<[32, 784], [-1, 50]>>('reshape: cannot view [32, 784] as [-1, 50]: 25088 is not divisible by 50', () =>
  a.reshape([-1, 50]),
)
twin<Reshape<[32, 784], [-1, -1]>>('reshape: [-1, -1] is not a shape: sizes >= 0 and at most one -1', () =>
  a.reshape([-1, -1]),
)
twin<Reshape<[6], [-2, 3]>>('reshape: [-2, 3] is not a shape: sizes >= 0 and at most one -1', () =>
  of(6).reshape([-2, 3]),
)
twin<Flatten<[]>>('flatten: rank 0', () => scalar.flatten())
twin<Permute<[2, 3], [0, 0]>>('permute: [0, 0] is not a permutation of the 2 axes', () => of(2, 3).permute([0, 0]))
twin<Permute<[2, 3], [0, 1, 2]>>('permute: [2, 3] has 2 axes but 3 were given', () => of(2, 3).permute([0, 1, 2]))
twin<Transpose<[2, 3], 0, 2>>('transpose: axis 2 is out of range for [2, 3]', () => of(2, 3).transpose(0, 2))
twin<Squeeze<[2, 3], 1>>('squeeze: axis 1 of [2, 3] has size 3, not 1', () => of(2, 3).squeeze(1))
twin<Squeeze<[2, 3], 2>>('squeeze: axis 2 is out of range for [2, 3]', () => of(2, 3).squeeze(2))
twin<Unsqueeze<[2, 3], 4>>('unsqueeze: axis 4 is out of range for [2, 3]', () => of(2, 3).unsqueeze(4))

twin<Concat<[Tensor<[2, 3]>, Tensor<[2, 4]>], 0>>('concat: [2, 3] and [2, 4] differ outside axis 0', () =>
  concat([of(2, 3), of(2, 4)]),
)
twin<Concat<[Tensor<[2, 3]>], 2>>('concat: axis 2 is out of range for [2, 3]', () => concat([of(2, 3)], 2))
twin<Concat<[], 0>>('concat: needs at least one tensor', () => concat([] as Tensor[]))
twin<Stack<[Tensor<[2, 3]>, Tensor<[2, 4]>], 0>>('stack: shapes [2, 3] and [2, 4] differ', () =>
  stack([of(2, 3), of(2, 4)]),
)
twin<Stack<[Tensor<[2]>], 3>>('stack: axis 3 is out of range for [2]', () => stack([of(2)], 3))

twin<At<[3, 4], [3]>>('at: index 3 is out of range for axis 0 of [3, 4]', () => of(3, 4).at(3))
twin<At<[3, 4], [0, -5]>>('at: index -5 is out of range for axis 1 of [3, 4]', () => of(3, 4).at(0, -5))
twin<At<[3, 4], [0, ':', 0]>>('at: [3, 4] has 2 axes but 3 were given', () => of(3, 4).at(0, ':', 0))
twin<Slice<[3], [[0, 1], ':']>>('slice: [3] has 1 axes but 2 were given', () => of(3).slice([[0, 1], ':']))

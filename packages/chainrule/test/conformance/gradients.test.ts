import { expect, test } from 'vitest'
import {
  type AnyTensor,
  ChainruleError,
  compile,
  concat,
  customGradient,
  DTypeError,
  einsum,
  type Float64Tensor,
  grad,
  gradCheck,
  nn,
  ShapeError,
  stack,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  variable,
  vjp,
  where,
} from '../../src/index.ts'
import { expectValues, numbers, onEachDevice } from './devices.ts'

type Function = (...x: Float64Tensor[]) => AnyTensor
const cube = tensor(numbers(12)).reshape([3, 4])
const positive = tensor(numbers(12, 0.3, 2, 3)).reshape([3, 4])
const other = tensor(numbers(12, -2, 2, 5)).reshape([3, 4])
const indices = tensor(
  [
    [2, 0],
    [1, 3],
    [0, 0],
  ],
  { dtype: 'int32' },
)

/** Every differentiable operation, where it is smooth. */
const smooth: [string, Function, ...AnyTensor[]][] = [
  ['add, sub, mul', (x, y) => x.add(y).sub(y.mul(x)), cube, other],
  ['broadcasting', (x, y) => x.mul(y.at(0)).add(y.at(':', [0, 1])), cube, other],
  ['div', (x, y) => x.div(y), cube, positive],
  ['pow', (x, y) => x.pow(y).add(x.pow(3)).add(x.pow(2)), positive, cube],
  ['mod, floorDiv', (x, y) => x.mod(y).add(x.floorDiv(y)), positive, tensor(5)],
  ['maximum, minimum', (x, y) => x.maximum(y).sub(x.minimum(y).mul(2)), cube, other],
  ['clamp, lerp', (x, y) => x.clamp(-1, 1).lerp(y, 0.3), cube, other],
  ['where', (x, y) => where(x.gt(y), x.square(), y.mul(3)), cube, other],
  ['exp, log', x => x.exp().add(x.log()), positive],
  ['expm1, log1p', x => x.expm1().mul(x.log1p()), positive],
  ['log1p near 0', x => x.mul(1e-2).log1p().mul(100), cube],
  ['sin, cos, tan', x => x.sin().mul(x.cos()).add(x.mul(0.5).tan()), cube],
  ['tanh, sigmoid, erf', x => x.tanh().mul(x.sigmoid()).add(x.erf()), cube],
  ['sqrt, rsqrt, reciprocal', x => x.sqrt().add(x.rsqrt()).mul(x.reciprocal()), positive],
  ['abs, relu, sign', x => x.abs().add(x.relu()).mul(x.sign()), cube],
  [
    'sum, mean',
    x =>
      x
        .sum(0)
        .mul(x.mean(0))
        .add(x.sum([0, 1])),
    cube,
  ],
  ['max, min', x => x.max(1).mul(x.min(1)), cube],
  ['prod', x => x.prod(1).add(x.prod()), positive],
  ['var, std', x => x.var(0).add(x.std(0, { correction: 0 })), cube],
  ['norm', x => x.norm(1).add(x.norm(1, { p: 3 })), cube],
  ['logsumexp', x => x.logsumexp(0).mul(2), cube],
  ['softmax', (x, y) => x.softmax(1).mul(y), cube, other],
  ['logSoftmax', (x, y) => x.logSoftmax(0).mul(y), cube, other],
  ['cumsum', (x, y) => x.cumsum(1).mul(y), cube, other],
  ['normalize', (x, y) => x.normalize(1).mul(y), cube, other],
  ['reshape, permute', (x, y) => x.reshape([4, 3]).permute([1, 0]).mul(y), cube, other],
  ['expand, tile, repeat', x => x.unsqueeze(0).expand([2, 3, 4]).tile([1, 2, 1]).repeat(2, 2).square(), cube],
  ['pad', x => x.pad([1, [0, 2]], 3).square(), cube],
  [
    'slice, flip, roll',
    (x, y) =>
      x
        .at(':', [0, 4, 2])
        .mul(y.flip(1).at(':', [1, 3]))
        .add(x.roll(1, 1).at(0, 0)),
    cube,
    other,
  ],
  [
    'concat, stack',
    (x, y) =>
      concat([x, y], 1)
        .square()
        .sum()
        .add(stack([x, y]).prod(0).sum()),
    cube,
    other,
  ],
  ['matmul', (x, y) => x.matmul(y.t()).square(), cube, other],
  [
    'matmul, one matrix for a batch',
    (x, y) =>
      x
        .reshape([3, 2, 2])
        .matmul(y.reshape([6, 2]).t())
        .square(),
    cube,
    other,
  ],
  ['einsum', (x, y) => einsum('ij,kj->ik', x, y).mul(einsum('ij,ij->i', x, y)), cube, other],
  ['einsum diagonal', x => einsum('ii->i', x.at(':', [0, 3])).square(), cube],
  ['gather', x => x.gather(1, indices).square(), cube],
  ['scatterAdd', (x, y) => x.scatterAdd(1, indices, y.at(':', [0, 2]).square()).square(), cube, other],
  ['take', x => x.take(tensor([1, 1, 0], { dtype: 'int32' })).square(), cube],
  ['sort, topk', (x, y) => x.sort(1).mul(y).sum().add(x.topk(2).values.square().sum()), cube, other],
]

test.each(smooth)('the derivative of %s is the limit of differences', async (...[, fn, ...inputs]) => {
  const result = await gradCheck(fn, inputs)
  expect(result, JSON.stringify(result.worst)).toMatchObject({ ok: true })
})
test('gradCheck finds a wrong derivative', async () => {
  const wrong = customGradient(
    (x: Float64Tensor) => x.square() as Float64Tensor,
    g => [g],
  )
  const result = await gradCheck(x => wrong(x), [tensor([1, 3])])
  expect(result.ok).toBe(false)
  expect(result.worst).toMatchObject({ input: 0, element: 1, derivative: 1 })
  expect(result.worst.difference).toBeCloseTo(6)
  await expect(gradCheck(x => x, [tensor([1], { dtype: 'int32' })])).rejects.toThrow(DTypeError)
})

onEachDevice('gradients', () => {
  test('the maximum of a row with NaN has no derivative', async () => {
    const x = variable(
      tensor([
        [1, Number.NaN, 2],
        [3, 1, 3],
      ]),
    )
    await expectValues(grad(x.max(1).sum(), x), [
      [Number.NaN, Number.NaN, Number.NaN],
      [0.5, 0, 0.5],
    ])
  })
  test('have the structure of what they are taken for', async () => {
    const w = variable(tensor([1, 2]))
    const b = tensor(3)
    const loss = w.mul(w).sum().add(b.mul(4))
    const g = grad(loss, { w, list: [b, b] as const })
    await expectValues(g.w, [2, 4])
    await expectValues(g.list[1], 4)
    const [only] = grad(w.sum(), [w])
    await expectValues(only!, [1, 1])
    await expectValues(grad(w.sum(), w), [1, 1])
    await expectValues(grad(w.sum(), new Map([['b', b]])).get('b')!, 0)
  })
  test('of what was read', async () => {
    const w = variable(tensor([1, 2]))
    const hidden = w.mul(3)
    const twice = hidden.mul(2)
    await twice.data()
    const loss = twice.mul(w).sum().add(hidden.sum())
    await hidden.data()
    await loss.item()
    await expectValues(grad(loss, w), [15, 27])
    const both = grad(loss, [hidden, w])
    await expectValues(both[0], [3, 5])
    await expectValues(both[1], [15, 27])
    w.assign(w.add(1))
    await w.data()
    expect(() => grad(loss, w)).toThrow(ChainruleError)
    expect(() => grad(twice.sum(), w)).toThrow('take the gradient where the loss is computed')
    await expectValues(grad(twice.mul(w).sum(), w), [6, 12])
    const unused = variable(tensor(1))
    const prepared = await tensor([1, 2]).mul(2).realize()
    w.assign(w.add(1))
    await w.data()
    await expectValues(grad(prepared.mul(w).sum(), [w, unused])[1], 0)
  })
  test('of gradients', async () => {
    const x = tensor([0.5, -1, 2])
    const first = grad(x.pow(3).sum(), x)
    const second = grad(first.sum(), x)
    await expectValues(first, [0.75, 3, 12])
    await expectValues(second, [3, -6, 12])
    const third = grad(second.sum(), x)
    await expectValues(third, [6, 6, 6])
    const s = tensor(0.3)
    await expectValues(grad(grad(grad(s.sin(), s), s), s), -Math.cos(0.3))
  })
  test('at corners, as in PyTorch', async () => {
    const x = tensor([-3, -1, 0, 1, 3, 6])
    await expectValues(grad(x.clamp(-1, 1).sum(), x), [0, 1, 1, 1, 0, 0])
    await expectValues(grad(nn.relu6().forward(x).sum(), x), [0, 0, 0, 1, 1, 0])
    await expectValues(grad(nn.hardSigmoid().forward(x).mul(6).sum(), x), [0, 1, 1, 1, 0, 0])
    await expectValues(grad(nn.hardSwish().forward(x).mul(6).sum(), x), [-3, 1, 3, 5, 9, 6])
  })
  test('stopGradient, customGradient', async () => {
    const x = tensor([1, 2])
    await expectValues(grad(x.mul(stopGradient(x)).sum(), x), [1, 2])
    const clipped = customGradient(
      (x: Tensor) => x.mul(100),
      gradient => [gradient.clamp(-1, 1)],
    )
    await expectValues(clipped(x), [100, 200])
    await expectValues(grad(clipped(x).mul(5).sum(), x), [1, 1])
    const bad = customGradient(
      (x: Tensor) => x.sum(),
      gradient => [gradient],
      'mine',
    )
    expect(() => grad(bad(x), x)).toThrow('mine: backward gave a gradient [] for an input [2]')
  })
  test('valueAndGrad, vjp', async () => {
    const step = valueAndGrad((w: { a: Tensor }, x: Tensor) => w.a.mul(x).sum())
    const { value, gradients } = step({ a: tensor([1, 2]) as Tensor }, tensor([3, 4]) as Tensor)
    await expectValues(value, 11)
    await expectValues(gradients.a, [3, 4])
    const x = tensor([1, 2])
    await expectValues(vjp(x.square(), x, tensor([10, 1])), [20, 4])
  })
  test('where a function has a kink or a pole', async () => {
    const x = tensor([-1, 0, 1])
    await expectValues(grad(x.relu().sum(), x), [0, 0, 1])
    await expectValues(grad(x.abs().sum(), x), [-1, 0, 1])
    await expectValues(grad(x.norm(), x), [-Math.SQRT1_2, 0, Math.SQRT1_2])
    const zero = tensor([0, 0])
    await expectValues(grad(zero.norm(), zero), [0, 0])
    const holes = tensor([2, 0, 3])
    await expectValues(grad(holes.prod(), holes), [0, 6, 0])
  })
  test('what cannot be differentiated', async () => {
    const x = tensor([1, 2])
    expect(() => grad(x, x)).toThrow(ShapeError)
    expect(() => grad(x.argmax().sum(), x)).toThrow(DTypeError)
    expect(() => grad(variable([1]).sum(), tensor([1], { dtype: 'int32' }))).toThrow(DTypeError)
    const w = variable(tensor([1, 2]))
    const loss = compile(() => w.square().sum())()
    expect(() => grad(loss, w)).toThrow('comes from a compiled function')
  })
})

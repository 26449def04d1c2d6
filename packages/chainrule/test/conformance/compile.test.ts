import { expect, test } from 'vitest'
import {
  all,
  ChainruleError,
  compile,
  grad,
  planCount,
  random,
  StaleError,
  type Tensor,
  tensor,
  variable,
  zeros,
} from '../../src/index.ts'
import { invalidateTraces } from '../../src/tensor/runtime.ts'
import { expectValues, onEachDevice } from './devices.ts'

onEachDevice('compile', () => {
  test('is traced once for each combination of shapes and plain values', async () => {
    let runs = 0
    const f = compile((x: Tensor, { scale }: { scale: number }) => {
      runs++
      return { y: [x.mul(scale)] as const, note: 'kept', shape: x.shape }
    })
    const first = f(tensor([1, 2]), { scale: 3 })
    expect(first.note).toBe('kept')
    await expectValues(first.y[0], [3, 6])
    await expectValues(f(tensor([5, 6]), { scale: 3 }).y[0], [15, 18])
    expect(runs).toBe(1)
    await expectValues(f(tensor([5, 6]), { scale: 4 }).y[0], [20, 24])
    expect(f(tensor([1]), { scale: 3 }).shape).toEqual([1])
    expect(runs).toBe(3)
    f(tensor([[1]], { dtype: 'int32' }) as never, { scale: 3 })
    expect(runs).toBe(4)
    invalidateTraces()
    f(tensor([1, 2]), { scale: 3 })
    expect(runs).toBe(5)
    expect(f.traces).toBe(5)
  })
  test('a training step changes variables at each call', async () => {
    const w = variable(zeros([2]))
    const step = compile((x: Tensor, y: Tensor) => {
      const loss = w.mul(x).sum().sub(y).square()
      w.assign(w.sub(grad(loss, w).mul(0.1)))
      return loss
    })
    const losses: number[] = []
    const plans = planCount()
    for (let i = 0; i < 20; i++) losses.push(await step(tensor([1, 2]), tensor(5)).item())
    expect(planCount() - plans).toBeLessThanOrEqual(2)
    expect(losses[0]).toBe(25)
    expect(losses[19]).toBeLessThan(1e-6)
    await expectValues(w, [1, 2], 1e-4)
    expect(await step.explain()).toMatch(/\S/)
    expect(step.peakBytes).toBeGreaterThanOrEqual(0)
  })
  test('arguments may be results, and are computed first', async () => {
    const f = compile((x: Tensor) => x.add(1))
    await expectValues(f(f(tensor([1]).mul(2)) as Tensor), [4])
  })
  test('draws anew in each run, from one seed', async () => {
    const noisy = compile((x: Tensor) => [random.uniform([3]).add(x), random.normal([3])] as const)
    const run = async () => {
      random.seed(3)
      const numbers = []
      for (let i = 0; i < 3; i++) for (const t of noisy(tensor(0))) numbers.push(...(await t.data()))
      return numbers
    }
    const first = await run()
    expect(new Set(first).size).toBe(18)
    expect(await run()).toEqual(first)
    random.seed(3)
    const eager = []
    for (let i = 0; i < 3; i++) {
      const u = random.uniform([3])
      const n = random.normal([3])
      eager.push(...(await u.array()), ...(await n.array()))
    }
    eager.forEach((v, i) => {
      expect(v).toBeCloseTo(first[i]!, 6)
    })
  })
  test('another compiled function inside becomes part of it', async () => {
    const w = variable(tensor([1, 1]))
    const inner = compile((x: Tensor) => {
      w.assign(w.add(x))
      return { y: w.mul(2) }
    })
    const outer = compile((x: Tensor) => inner(x).y.sum())
    await expectValues(outer(tensor([1, 2])), 10)
    await expectValues(outer(tensor([1, 2])), 16)
    await expectValues(w, [3, 5])
    await expectValues(inner(tensor([1, 1])).y, [8, 12])
  })
  test('a variable as an argument is the variable itself', async () => {
    const v = variable(tensor([1]))
    const bump = compile((x: typeof v) => {
      x.assign(x.add(1))
      return x.mul(10)
    })
    await expectValues(bump(v), [20])
    await expectValues(bump(v), [30])
    await expectValues(v, [3])
  })
  test('what a compiled function must not do', async () => {
    expect(() => compile(async () => zeros([1]))()).toThrow(ChainruleError)
    expect(() => compile(() => variable(zeros([1])).add(1))()).toThrow(ChainruleError)
    // not a rejection, which nobody would see
    const v = variable(tensor(1))
    await v.data()
    const reads = [
      (x: Tensor) => x.item(),
      (x: Tensor) => x.data(),
      (x: Tensor) => x.array(),
      (x: Tensor) => x.realize(),
      (x: Tensor) => all(x.add(1)),
      () => v.item(),
      () => v.data(),
      () => v.realize(),
    ]
    for (const read of reads) {
      const reading = compile((x: Tensor) => {
        void read(x)
        return x.add(1)
      })
      expect(() => reading(tensor(1))).toThrow('inside compile(fn)')
    }
    expect(() => compile(async (x: Tensor) => x.item())(tensor(1))).toThrow('must not be async')
    await expectValues(v.add(1), 2)
    await expect(compile((x: Tensor) => x).explain()).rejects.toThrow(ChainruleError)
    const f = compile((x: Tensor) => {
      if (x.shape.length > 0) throw new RangeError('mine')
      return x
    })
    expect(() => f(tensor([1]))).toThrow('mine')
    await expectValues(f(tensor(1)), 1)
  })
})

onEachDevice('variables', () => {
  test('assign, set, read', async () => {
    const v = variable(tensor([1, 2]))
    const before = v.mul(10)
    await expectValues(before, [10, 20])
    v.assign(v.add(1))
    await expectValues(v.mul(2), [4, 6])
    await expectValues(v, [2, 3])
    v.set([7, 8])
    await expectValues(v, [7, 8])
    await expectValues(before, [10, 20])
    expect(() => v.set([1])).toThrow('set: [2] needs 2 values, got 1')
    expect(() => v.assign(tensor([1]))).toThrow(ChainruleError)
  })
  test('set leaves what was built on the value before', async () => {
    const v = variable(tensor([1, 2]))
    const before = v.mul(2)
    v.set([5, 5])
    await expectValues(before, [2, 4])
    await expectValues(v, [5, 5])
    v.assign(v.add(1))
    v.set([7, 7])
    await expectValues(v, [7, 7])
    const [rate, w] = [variable(tensor([2])), variable(tensor([1]))]
    await rate.data()
    w.assign(w.mul(rate)) // pending, with the rate of now
    rate.set([10])
    await expectValues(w, [2])
    await expectValues(rate, [10])
  })
  test('are not used after they were disposed of', async () => {
    const v = variable(tensor([1, 2]))
    const double = compile(() => v.mul(2))
    await expectValues(double(), [2, 4])
    v.dispose()
    const text = 'a variable [2] is used that was disposed of'
    await expect(v.array()).rejects.toThrow(text)
    await expect(v.mul(2).array()).rejects.toThrow(text)
    expect(() => double()).toThrow(text)
    expect(() => v.assign(tensor([1, 2]))).toThrow(text)
    await expectValues(tensor([1, 2]).mul(2), [2, 4])
  })
  test('a value of the past cannot be computed any more', async () => {
    const v = variable(tensor([1, 2]))
    await v.data()
    const late = v.mul(10)
    v.assign(v.add(1))
    await v.data()
    await expect(late.data()).rejects.toThrow(StaleError)
  })
  test('is one and the same before and after its value is there', async () => {
    const start = tensor([1, 2])
    const [v, w] = [variable(start), variable(start)]
    const loss = v.mul(w).sum().add(start.sum())
    await v.data()
    await expectValues(grad(loss, v), [1, 2])
    v.assign(v.mul(10))
    const next = v.square().sum()
    await v.data()
    await expectValues(grad(next, v), [20, 40])
    await expectValues(next, 500)
    await expectValues(w, [1, 2])
    await expectValues(start.add(1), [2, 3])
    w.assign(start)
    v.assign(start)
    const both = v.mul(w).sum()
    await w.data()
    await expectValues(grad(both, w), [1, 2])
    w.assign(w.add(1))
    await expectValues(w, [2, 3])
    await expectValues(start, [1, 2])
  })
  test('an eager step computes the loss with the update', async () => {
    const w = variable(tensor([1, 2]))
    for (let i = 0; i < 3; i++) {
      const loss = w.square().sum()
      w.assign(w.sub(grad(loss, w).mul(0.25)))
      await expectValues(w, [0.5 ** (i + 1), 2 * 0.5 ** (i + 1)])
      await expectValues(loss, 5 * 0.25 ** i)
    }
  })
})

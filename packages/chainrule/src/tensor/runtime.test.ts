/** Evaluation, variables and traced functions, on nodes. */
import { beforeAll, describe, expect, test } from 'vitest'
import { jsDevice } from '../device/js/device.ts'
import { StaleError } from '../errors.ts'
import * as b from '../graph/build.ts'
import { type Node, topological } from '../graph/node.ts'
import { compile } from './compile.ts'
import { tensor } from './create.ts'
import {
  accompany,
  evaluate,
  type Handle,
  HostStorage,
  invalidateTraces,
  planCount,
  readVariable,
  setDevice,
  settlePending,
  traceEpoch,
  traceNodes,
  VariableCell,
  valuesOf,
} from './runtime.ts'
import type { Tensor } from './types.ts'

const host = (...values: number[]): Node =>
  b.source(new HostStorage([values.length], 'float32', Float32Array.from(values)))
const read = async (node: Node): Promise<number[]> => [...(await valuesOf({ node }))]

beforeAll(() => {
  void setDevice(jsDevice())
})

describe('evaluation', () => {
  test('values written before the first one is computed need no plan', async () => {
    const cell = new VariableCell(b.mul(host(1, 2), host(3, 4)))
    const before: Handle = { node: b.add(cell.node, host(1, 1)) }
    const given = Float32Array.of(5, 6)
    cell.write(given)
    given.fill(0)
    const after: Handle = { node: b.add(cell.node, host(1, 1)) }
    const plans = planCount()
    await evaluate([])
    expect(planCount()).toBe(plans)
    expect([...(await readVariable(cell))]).toEqual([5, 6])
    expect(await read(after.node)).toEqual([6, 7])
    expect(await read(before.node)).toEqual([4, 9])
  })
  test('a handle holds its value afterwards', async () => {
    const handle: Handle = { node: b.mul(host(1, 2, 3), b.full([3], 2)) }
    await evaluate([handle])
    expect(handle.node.primitive).toBe('source')
    expect(await read(handle.node)).toEqual([2, 4, 6])
  })

  test('equal structure, one plan', async () => {
    const f = (x: Node): Node => b.exp(b.neg(x))
    await read(f(host(1, 2, 5, 6)))
    const plans = planCount()
    await read(f(host(3, 4, 7, 8)))
    expect(planCount()).toBe(plans)
    await read(f(host(3, 4, 5)))
    expect(planCount()).toBe(plans + 1)
  })

  test('a constant is part of the structure, −0 is not 0', async () => {
    expect(await read(b.add(host(1), b.full([1], 1)))).toEqual([2])
    expect(await read(b.add(host(1), b.full([1], 2)))).toEqual([3])
    expect(Object.is((await read(b.mul(b.full([1], -0), host(1))))[0], -0)).toBe(true)
  })
})

describe('variables', () => {
  test('an assignment is pending until the next evaluation, which computes it along', async () => {
    const cell = new VariableCell(host(1, 2))
    cell.assign(b.add(cell.node, b.full([2], 1)))
    const loss: Handle = { node: b.sum(cell.node, [0]) }
    expect(await read(loss.node)).toEqual([5])
    expect([...(await readVariable(cell))]).toEqual([2, 3])
  })

  test('the loss of the step is computed with the update, also when it is read later', async () => {
    const cell = new VariableCell(host(1, 2))
    await readVariable(cell)
    const step = (): Handle => {
      const loss: Handle = { node: b.sum(b.mul(cell.node, cell.node), [0]) }
      accompany(loss)
      cell.assign(b.mul(cell.node, b.full([2], 0.5)))
      return loss
    }
    const first = step()
    const second = step() // nobody read anything in between
    expect([...(await readVariable(cell))]).toEqual([0.25, 0.5])
    expect([...(await valuesOf(first)), ...(await valuesOf(second))]).toEqual([5, 1.25])
  })

  test('a loss that can no longer be computed does not keep others from being', async () => {
    const cell = new VariableCell(host(1, 2))
    const other = new VariableCell(host(1))
    await readVariable(cell)
    const loss: Handle = { node: b.sum(cell.node, [0]) }
    accompany(loss)
    cell.write(Float32Array.of(3, 4)) // only its gradient was wanted
    other.assign(b.full([1], 7))
    expect([...(await readVariable(other))]).toEqual([7])
    await expect(Promise.resolve().then(() => valuesOf(loss))).rejects.toThrow(StaleError)
  })

  test('settling computes what is pending, once', async () => {
    const cell = new VariableCell(host(1))
    await readVariable(cell)
    const halve = (): void => {
      settlePending([cell])
      cell.assign(b.mul(cell.node, b.full([1], 0.5)))
    }
    for (let i = 0; i < 5; i++) halve()
    expect(topological([cell.node]).length).toBeLessThan(6)
    expect([...(await readVariable(cell))]).toEqual([1 / 32])
  })

  test('what was built on an older value and not read is stale, not wrong', async () => {
    const cell = new VariableCell(host(1))
    await readVariable(cell)
    const late: Handle = { node: b.add(cell.node, b.full([1], 1)) }
    cell.assign(b.full([1], 7))
    await readVariable(cell)
    await expect(valuesOf(late)).rejects.toThrow(StaleError)
  })

  test('a graph built on a pending value uses the variable after it has settled', async () => {
    const cell = new VariableCell(host(1))
    await readVariable(cell)
    cell.assign(b.add(cell.node, b.full([1], 1)))
    const later = b.mul(cell.node, b.full([1], 10))
    expect([...(await readVariable(cell))]).toEqual([2])
    expect(await read(later)).toEqual([20])
  })

  test('writing replaces a pending assignment', async () => {
    const cell = new VariableCell(host(1))
    cell.assign(b.full([1], 5))
    cell.write(Float32Array.of(9))
    expect([...(await readVariable(cell))]).toEqual([9])
  })

  test('writing leaves what was built on the value before', async () => {
    const cell = new VariableCell(host(1, 2))
    const before = b.mul(cell.node, b.full([2], 2))
    cell.write(Float32Array.of(5, 5))
    expect(await read(before)).toEqual([2, 4])
    expect([...(await readVariable(cell))]).toEqual([5, 5])
  })

  test('a variable that was disposed of says so', async () => {
    const cell = new VariableCell(host(1))
    await readVariable(cell)
    cell.dispose()
    await expect(readVariable(cell)).rejects.toThrow('disposed of')
  })

  test('shape and dtype stay', () => {
    const cell = new VariableCell(host(1, 2))
    expect(() => cell.assign(b.full([3], 0))).toThrow(
      'a variable keeps its shape and dtype: float32 [2], got float32 [3]',
    )
  })

  test('a failed evaluation leaves variables as they were', async () => {
    const cell = new VariableCell(host(1, 2))
    await readVariable(cell)
    cell.assign(b.gather(cell.node, b.full([2], 5, 'int32'), 0))
    await expect(readVariable(cell)).rejects.toThrow('outside')
    expect([...(await readVariable(cell))]).toEqual([1, 2])
  })

  test('a variable moves to the device that is used next', async () => {
    const cell = new VariableCell(host(3))
    await readVariable(cell)
    void setDevice(jsDevice())
    cell.assign(b.add(cell.node, b.full([1], 1)))
    expect([...(await readVariable(cell))]).toEqual([4])
  })
})

describe('traced functions', () => {
  test('updates happen at each run, tracing changes nothing', async () => {
    const cell = new VariableCell(host(0, 0))
    const traced = traceNodes([{ shape: [2], dtype: 'float32' }], ([x]) => {
      cell.assign(b.add(cell.node, x!))
      return [b.sum(cell.node, [0])]
    })
    expect([...(await readVariable(cell))]).toEqual([0, 0])
    const plans = planCount()
    expect([...traced.run([host(1, 2)])[0]!.values!]).toEqual([3])
    expect([...traced.run([host(1, 2)])[0]!.values!]).toEqual([6])
    expect(planCount()).toBe(plans)
    expect([...(await readVariable(cell))]).toEqual([2, 4])
  })

  test('reading inside is refused at once, awaited or not', async () => {
    expect(() =>
      traceNodes([{ shape: [1], dtype: 'float32' }], ([x]) => {
        void valuesOf({ node: b.neg(x!) })
        return [x!]
      }),
    ).toThrow('inside compile(fn)')
    expect(await read(b.neg(host(1)))).toEqual([-1])
  })

  test('a variable made inside is refused and does not poison later evaluations', async () => {
    expect(() =>
      traceNodes([{ shape: [1], dtype: 'float32' }], ([x]) => {
        new VariableCell(b.neg(x!))
        return [x!]
      }),
    ).toThrow('created inside fn')
    expect(await read(b.neg(host(1)))).toEqual([-1])
  })

  test('a pending assignment from outside is applied before the run', async () => {
    const cell = new VariableCell(host(1))
    const traced = traceNodes([], () => [b.mul(cell.node, b.full([1], 2))])
    cell.assign(b.full([1], 21))
    expect([...traced.run([])[0]!.values!]).toEqual([42])
  })

  test('invalidating raises the epoch', () => {
    const before = traceEpoch()
    invalidateTraces()
    expect(traceEpoch()).toBe(before + 1)
  })
})

test('a compiled function inside another one becomes part of it', async () => {
  const twice = compile((x: Tensor<[1]>) => x.mul(2))
  const outer = compile((x: Tensor<[1]>) => twice(x).add(1))
  expect(await outer(tensor([4])).array()).toEqual([9])
  expect(twice.traces).toBe(0)
})

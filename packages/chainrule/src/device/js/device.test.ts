import { describe, expect, test } from 'vitest'
import { DeviceError, ShapeError } from '../../errors.ts'
import * as b from '../../graph/build.ts'
import type { DType, TypedArray } from '../../graph/dtype.ts'
import type { NodeOf } from '../../graph/node.ts'
import { jsDevice } from './device.ts'

const input = (shape: readonly number[], dtype: DType = 'float32') => b.source({ shape, dtype }) as NodeOf<'source'>

describe('running', () => {
  test('outputs come in order, as fresh host arrays of their dtype', () => {
    const [x, y] = [input([2]), input([2], 'int32')]
    const executable = jsDevice().prepare({
      sources: [x, y],
      outputs: [b.add(y, y), x, b.less(x, b.neg(x))],
      updates: [-1, -1, -1],
    })
    const given = Float32Array.of(1, -2)
    const results = executable.run([given, Int32Array.of(3, 4)]) as TypedArray[]
    expect(results).toEqual([Int32Array.of(6, 8), Float32Array.of(1, -2), Uint8Array.of(0, 1)])
    results[1]![0] = 9
    expect(given[0]).toBe(1)
  })
  test('float32 is exact inside and rounded when it is read', () => {
    const x = input([1])
    const [third] = [b.div(x, b.fullLike(x, 3))]
    const executable = jsDevice().prepare({
      sources: [x],
      outputs: [third, b.sub(b.mul(third, b.fullLike(x, 3)), x)],
      updates: [-1, -1],
    })
    expect(executable.run([Float32Array.of(1)])).toEqual([Float32Array.of(1 / 3), Float32Array.of(0)])
  })
  test('runs again with other values', () => {
    const x = input([1])
    const executable = jsDevice().prepare({ sources: [x], outputs: [b.exp(x)], updates: [-1] })
    expect(executable.run([Float32Array.of(0)])).toEqual([Float32Array.of(1)])
    expect(executable.run([Float32Array.of(1)])).toEqual([Float32Array.of(Math.E)])
  })
})

describe('residents', () => {
  test('are replaced by updates, which are not among the results', async () => {
    const device = jsDevice()
    const weight = device.resident([2], 'float32')
    weight.write(Float32Array.of(1, 2))
    const [w, g] = [input([2]), input([2])]
    const next = b.sub(w, g)
    const executable = device.prepare({ sources: [w, g], outputs: [next, b.sum(w, [0])], updates: [0, -1] })
    expect(executable.run([weight, Float32Array.of(1, 1)])).toEqual([Float32Array.of(3)])
    expect(executable.run([weight, Float32Array.of(1, 1)])).toEqual([Float32Array.of(1)])
    expect(await weight.read()).toEqual(Float32Array.of(-1, 0))
  })
  test('may exchange their values: all are read before any is written', async () => {
    const device = jsDevice()
    const [one, two] = [device.resident([], 'float32'), device.resident([], 'float32')]
    one.write(Float32Array.of(1))
    two.write(Float32Array.of(2))
    const [x, y] = [input([]), input([])]
    device.prepare({ sources: [x, y], outputs: [y, x], updates: [0, 1] }).run([one, two])
    expect([await one.read(), await two.read()]).toEqual([Float32Array.of(2), Float32Array.of(1)])
  })
  test('stay as they are when a run fails', async () => {
    const device = jsDevice()
    const state = device.resident([], 'float32')
    const [x, i] = [input([]), input([], 'int32')]
    const picked = b.gather(b.full([2], 1), i, 0)
    const executable = device.prepare({
      sources: [x, i],
      outputs: [b.add(x, b.fullLike(x, 1)), picked],
      updates: [0, -1],
    })
    expect(() => executable.run([state, Int32Array.of(2)])).toThrow('gather: index 2 is outside [0, 2)')
    expect(await state.read()).toEqual(Float32Array.of(0))
  })
  test('are counted until they are disposed, and then refuse', () => {
    const device = jsDevice()
    const [a, c] = [device.resident([4], 'float64'), device.resident([3], 'bool')]
    expect(device.residentBytes).toBe(35)
    a.dispose()
    a.dispose()
    expect(device.residentBytes).toBe(3)
    c.dispose()
    expect(device.residentBytes).toBe(0)
    expect(() => a.write(new Float64Array(4))).toThrow(DeviceError)
  })
  test('copy what is written and what is read', async () => {
    const resident = jsDevice().resident([1], 'int32')
    const given = Int32Array.of(1)
    resident.write(given)
    given[0] = 2
    ;(await resident.read())[0] = 3
    expect(await resident.read()).toEqual(Int32Array.of(1))
  })
})

describe('refuses', () => {
  const x = input([2])
  const executable = jsDevice().prepare({ sources: [x], outputs: [b.neg(x)], updates: [-1] })
  test('data of another length or dtype', () => {
    expect(() => executable.run([Float32Array.of(1)])).toThrow(ShapeError)
    expect(() => executable.run([Float64Array.of(1, 2)])).toThrow(
      'needs 2 values of float32 for [2], got 2 in a Float64Array',
    )
    expect(() => jsDevice().resident([2], 'int32').write(Int32Array.of(1))).toThrow(ShapeError)
  })
  test('missing sources, and values of another device', () => {
    expect(() => executable.run([])).toThrow('got 0 values for 1 sources')
    const foreign = {
      shape: [2],
      dtype: 'float32' as const,
      write() {},
      read: async () => new Float32Array(2),
      dispose() {},
    }
    expect(() => executable.run([foreign])).toThrow('lives on another device')
  })
  test('updates of what is not resident', () => {
    const update = jsDevice().prepare({ sources: [x], outputs: [b.neg(x)], updates: [0] })
    expect(() => update.run([Float32Array.of(1, 2)])).toThrow('must be a resident')
  })
})

test('peak bytes follow liveness: a chain holds two values at a time', () => {
  const x = input([1000], 'float64')
  const chain = Array.from({ length: 20 }).reduce<ReturnType<typeof b.neg>>(y => b.neg(y), x)
  expect(jsDevice().prepare({ sources: [x], outputs: [chain], updates: [-1] }).peakBytes).toBe(16_000)
})
test('explain lists the nodes', async () => {
  const x = input([2])
  const text = await jsDevice()
    .prepare({ sources: [x], outputs: [b.exp(b.neg(x))], updates: [-1] })
    .explain()
  expect(text).toContain('js: 3 nodes')
  expect(text).toContain('%2 = exp(%1) : float32 [2]')
})

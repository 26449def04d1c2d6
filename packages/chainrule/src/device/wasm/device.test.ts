import { describe, expect, it } from 'vitest'
import { compileGraph } from '../../compile/compile.ts'
import { runProgram } from '../../compile/javascript.ts'
import { DeviceError, IndexError, OutOfMemoryError } from '../../errors.ts'
import * as b from '../../graph/build.ts'
import type { DType, TypedArray } from '../../graph/dtype.ts'
import { hostArray } from '../../graph/dtype.ts'
import type { Node, NodeOf } from '../../graph/node.ts'
import { numel } from '../../graph/shape.ts'
import { arrange } from '../arena.ts'
import type { Graph } from '../device.ts'
import { WasmDevice } from './device.ts'

const input = (shape: number[], dtype: DType = 'float32') => b.source({ shape, dtype }) as NodeOf<'source'>
const graph = (sources: NodeOf<'source'>[], outputs: Node[], updates = outputs.map(() => -1)): Graph => ({
  sources,
  outputs,
  updates,
})
const f = (...values: number[]) => new Float32Array(values)
const close = (a: TypedArray, e: TypedArray) => {
  expect(a.length).toBe(e.length)
  expect(a.constructor).toBe(e.constructor)
  for (let i = 0; i < e.length; i++) expect(Math.abs(a[i]! - e[i]!)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(e[i]!)))
}
const noise = (n: number, seed = 1): Float32Array => {
  let state = seed
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  })
}

/** A small convolutional network's step: loss, and weights moved by gradients written out by hand where easy. */
function network(batch: number): Graph {
  const x = input([batch, 1, 9, 9])
  const w = input([3, 1, 3, 3])
  const bias = input([3])
  const window = {
    window: [2, 2],
    stride: [2, 2],
    padding: [
      [0, 0],
      [0, 0],
    ] as const,
    dilation: [1, 1],
  }
  const conv = b.conv(x, w, {
    stride: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    dilation: [1, 1],
    inputDilation: [1, 1],
    groups: 1,
  })
  const y = b.relu(b.add(conv, b.broadcastTo(b.reshape(bias, [1, 3, 1, 1]), conv.shape)))
  const pooled = b.windowMax(y, window)
  const back = b.windowScatter(y, pooled, window)
  const loss = b.sum(b.mul(back, back), [0, 1, 2, 3])
  const newBias = b.sub(bias, b.mul(b.sum(back, [0, 2, 3]), b.full([3], 0.01)))
  return graph([x, w, bias], [loss, pooled, newBias], [-1, -1, 2])
}

describe('WasmDevice', () => {
  it('computes what the program means, and updates residents', async () => {
    for (const options of [{}, { fma: false, preset: 'legacy' }, { fma: false, preset: 'modern' }] as const) {
      const device = new WasmDevice(options)
      const g = network(4)
      const plan = device.prepare(g)
      const [x, w, bias] = [noise(4 * 81), noise(27, 2), noise(3, 3)]
      const resident = device.resident([3], 'float32')
      resident.write(bias)
      const [loss, pooled] = await plan.run([x, w, resident])
      const sources = [x, w, bias.slice()]
      const expected = runProgram(compileGraph(g), sources)
      close(loss!, expected[0]!)
      close(pooled!, expected[1]!)
      close(await resident.read(), sources[2]!)
      // the weights may be resident as well: another layout, the same module
      const weights = device.resident([3, 1, 3, 3], 'float32')
      weights.write(w)
      resident.write(bias)
      expect((await plan.run([x, weights, resident]))[0]).toEqual(loss)
    }
  })

  it('carries every dtype in and out', async () => {
    const device = new WasmDevice()
    const [flag, n, x] = [input([5], 'bool'), input([5], 'int32'), input([5])]
    const plan = device.prepare(
      graph([flag, n, x], [b.not(flag), b.add(n, n), b.where(flag, x, b.neg(x)), b.less(x, b.cast(n, 'float32'))]),
    )
    const out = await plan.run([Uint8Array.of(1, 0, 1, 0, 1), Int32Array.of(1, -2, 3, 2 ** 30, 0), f(1, 2, 3, 4, 5)])
    expect(out).toEqual([
      Uint8Array.of(0, 1, 0, 1, 0),
      Int32Array.of(2, -4, 6, -(2 ** 31), 0),
      f(1, -2, 3, -4, 5),
      Uint8Array.of(0, 0, 0, 1, 0),
    ])
  })

  it('swaps two variables', async () => {
    const device = new WasmDevice()
    const [p, q] = [input([3]), input([3])]
    const plan = device.prepare(graph([p, q], [q, p], [0, 1]))
    const [a, c] = [device.resident([3], 'float32'), device.resident([3], 'float32')]
    a.write(f(1, 2, 3))
    c.write(f(4, 5, 6))
    expect(await plan.run([a, c])).toEqual([])
    expect([await a.read(), await c.read()]).toEqual([f(4, 5, 6), f(1, 2, 3)])
  })

  it('names a bad index and changes no variable', async () => {
    const device = new WasmDevice()
    const [table, list, state] = [input([4, 2]), input([2], 'int32'), input([2])]
    const rows = b.gather(table, list, 0)
    const plan = device.prepare(graph([table, list, state], [rows, b.add(state, b.sum(rows, [0]))], [-1, 2]))
    const r = device.resident([2], 'float32')
    r.write(f(7, 8))
    const values = f(1, 2, 3, 4, 5, 6, 7, 8)
    expect(() => plan.run([values, Int32Array.of(1, 4), r])).toThrow(IndexError)
    expect(() => plan.run([values, Int32Array.of(-7, 0), r])).toThrow('gather: index -7 is outside [0, 4)')
    expect(await r.read()).toEqual(f(7, 8))
    expect(await plan.run([values, Int32Array.of(1, 0), r])).toEqual([f(3, 4, 1, 2)])
    expect(await r.read()).toEqual(f(11, 14))
  })

  it('calls host functions, which may not evaluate on it', async () => {
    const device = new WasmDevice()
    const x = input([3])
    const reversed = (dtype: DType, run: (data: number[]) => ArrayLike<number>) =>
      b.host([b.add(x, x)], { name: 'reverse', shape: [3], dtype, run: given => run([...Array.from(given!.data)]) })
    const plan = device.prepare(
      graph([x], [b.neg(reversed('float32', d => d.reverse())), reversed('bool', d => d.map(v => +(v > 3)))]),
    )
    expect(await plan.run([f(1, 2, 3)])).toEqual([f(-6, -4, -2), Uint8Array.of(0, 1, 1)])
    const nested = device.prepare(graph([x], [reversed('float32', () => (plan.run([f(0, 0, 0)]) as TypedArray[])[0]!)]))
    expect(() => nested.run([f(1, 2, 3)])).toThrow(DeviceError)
    expect(await plan.run([f(1, 2, 3)])).toHaveLength(2)
    const short = device.prepare(graph([x], [reversed('float32', () => [1])]))
    expect(() => short.run([f(1, 2, 3)])).toThrow('reverse: the function returned 1 values instead of 3')
  })

  it('refuses float64 and foreign values', () => {
    const device = new WasmDevice()
    const wide = input([2], 'float64')
    expect(() => device.prepare(graph([wide], [b.neg(wide)]))).toThrow("float64 runs on the 'js' device")
    expect(() => device.resident([2], 'float64')).toThrow(DeviceError)
    const x = input([2])
    const plan = device.prepare(graph([x], [b.neg(x)]))
    expect(() => plan.run([new WasmDevice().resident([2], 'float32')])).toThrow('another wasm device')
    const gone = device.resident([2], 'float32')
    gone.dispose()
    gone.dispose()
    expect(device.residentBytes).toBe(0)
    expect(() => plan.run([gone])).toThrow('disposed')
    expect(() => plan.run([f(1)])).toThrow('1 values instead of 2')
  })

  it('runs 10,000 times without growth, and residents come and go', async () => {
    const device = new WasmDevice()
    const x = input([64])
    const plan = device.prepare(graph([x], [b.exp(b.mul(x, x))]))
    const values = noise(64)
    await plan.run([values])
    const { capacity, usedBytes } = device.heap
    for (let i = 0; i < 10_000; i++) plan.run([values])
    for (let i = 0; i < 10_000; i++) device.resident([100 + (i % 50)], 'float32').dispose()
    expect(device.heap.capacity).toBe(capacity)
    expect(device.heap.usedBytes).toBe(usedBytes)
    expect(device.residentBytes).toBe(0)
  })

  it('shares the arena between plans, and grows it', async () => {
    const device = new WasmDevice()
    const plans = [1 << 10, 1 << 20, 1 << 12].map(n => {
      const x = input([n])
      // a reduction between, so that the intermediate is in memory
      const y = b.exp(x)
      return { n, plan: device.prepare(graph([x], [b.mul(y, b.full([n], 2)), b.sum(y, [0])])) }
    })
    const resident = device.resident([3], 'float32')
    resident.write(f(1, 2, 3))
    for (const { n, plan } of [...plans, ...plans]) {
      const [out, total] = await plan.run([new Float32Array(n)])
      expect(out!.every(v => v === 2)).toBe(true)
      expect(total![0]).toBe(n)
    }
    expect(await resident.read()).toEqual(f(1, 2, 3))
    expect(device.heap.usedBytes).toBeLessThan(2 * Math.max(...plans.map(p => p.plan.peakBytes)))
  })

  it('works above 2 GiB', async () => {
    const device = new WasmDevice()
    device.heap.allocate(2.2 * 2 ** 30, 'a test') // never touched
    const g = network(3)
    const plan = device.prepare(g)
    const sources = [noise(3 * 81), noise(27, 2), noise(3, 3)]
    const bias = device.resident([3], 'float32')
    bias.write(sources[2]!)
    const [loss, pooled] = await plan.run([sources[0]!, sources[1]!, bias])
    const expected = runProgram(compileGraph(g), sources)
    close(loss!, expected[0]!)
    close(pooled!, expected[1]!)
    close(await bias.read(), sources[2]!)
  })

  it('says how much memory a plan needs when there is not enough', () => {
    const device = new WasmDevice({ maximumBytes: 2 ** 22 })
    const x = input([2 ** 20])
    const plan = device.prepare(graph([x], [b.exp(x)]))
    expect(() => plan.run([new Float32Array(2 ** 20)])).toThrow(OutOfMemoryError)
    expect(() => plan.run([new Float32Array(2 ** 20)])).toThrow(`peak is ${plan.peakBytes} bytes`)
    const small = input([4])
    const other = device.prepare(graph([small], [b.neg(small)]))
    expect(other.run([f(1, 2, 3, 4)])).toEqual([f(-1, -2, -3, -4)])
  })

  it('makes one function for equal kernels, and explains', async () => {
    const device = new WasmDevice()
    const variables = [1, 2, 3, 4].map(() => input([10]))
    const plan = device.prepare(
      graph(
        variables,
        variables.map(v => b.sub(v, b.full([10], 0.5))),
        [0, 1, 2, 3],
      ),
    )
    const text = await plan.explain()
    expect(text).toMatch(/^wasm \(.*\): 4 kernels, 1 functions; peak/)
    expect(text.split('\n')).toHaveLength(5)
    const residents = variables.map((_, i) => {
      const r = device.resident([10], 'float32')
      r.write(hostArray('float32', 10).fill(i))
      return r
    })
    plan.run(residents)
    expect(await plan.explain()).toContain('loop')
    return Promise.all(
      residents.map(async (r, i) => expect(await r.read()).toEqual(hostArray('float32', 10).fill(i - 0.5))),
    )
  })

  it('puts rows across the lanes when the reduced axis is not contiguous', async () => {
    const x = input([64, 40])
    const total = b.sum(x, [0])
    const mean = b.div(total, b.fullLike(total, 64))
    const centered = b.sub(x, b.broadcastTo(mean, [64, 40]))
    const deviation = b.sqrt(b.log(b.sum(b.mul(centered, centered), [0])))
    expect(await new WasmDevice().prepare(graph([x], [deviation])).explain()).not.toContain('one lane at a time')
  })

  it('handles empty tensors and scalars', async () => {
    const device = new WasmDevice()
    const [empty, one] = [input([0, 3]), input([])]
    const plan = device.prepare(graph([empty, one], [b.neg(empty), b.sum(empty, [0]), b.exp(one)]))
    expect(await plan.run([f(), f(0)])).toEqual([f(), f(0, 0, 0), f(1)])
  })
})

describe('arrange', () => {
  it('shares memory between buffers that are not alive together', () => {
    const { offsets, bytes } = arrange([
      { bytes: 1000, first: 0, last: 1 },
      { bytes: 1000, first: 1, last: 2 },
      { bytes: 1000, first: 2, last: 3 },
      { bytes: 10, first: 0, last: 3 },
    ])
    expect(offsets[0]).toBe(offsets[2])
    expect(bytes).toBe(2 * 1024 + 64)
  })
  it('never lets two live buffers overlap', () => {
    const random = noise(600, 5)
    const items = Array.from({ length: 200 }, (_, i) => {
      const first = Math.floor(Math.abs(random[3 * i]!) * 50)
      return {
        bytes: Math.floor(Math.abs(random[3 * i + 1]!) * 5000),
        first,
        last: first + Math.floor(Math.abs(random[3 * i + 2]!) * 9),
      }
    })
    const { offsets, bytes } = arrange(items)
    items.forEach((p, i) => {
      expect(offsets[i]! + p.bytes).toBeLessThanOrEqual(bytes)
      items.forEach((q, j) => {
        if (i <= j || p.first > q.last || q.first > p.last) return
        expect(offsets[i]! + p.bytes <= offsets[j]! || offsets[j]! + q.bytes <= offsets[i]!).toBe(true)
      })
    })
    expect(bytes).toBeLessThan(items.reduce((n, p) => n + p.bytes, 0) / 3)
    expect(numel([bytes]) % 64).toBe(0)
  })
})

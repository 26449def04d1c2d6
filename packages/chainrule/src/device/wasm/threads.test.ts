/** Several threads: the same bits as one, and nothing hangs whatever becomes of them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileGraph } from '../../compile/compile.ts'
import { type RandomGraph, randomGraph } from '../../compile/random-graph.testing.ts'
import { DeviceError, IndexError, OptionError } from '../../errors.ts'
import * as b from '../../graph/build.ts'
import type { TypedArray } from '../../graph/dtype.ts'
import type { Node, NodeOf } from '../../graph/node.ts'
import { arrangeProgram } from '../arena.ts'
import type { Resident } from '../device.ts'
import { stagesFor } from '../stages.ts'
import { WasmDevice, type WasmOptions } from './device.ts'
import { control } from './shares.ts'

/** Everything is cut. */
const slices = { work: 0, pieces: 6 }
const started: WasmDevice[] = []
async function deviceWith(threads: number, options: WasmOptions = {}): Promise<WasmDevice> {
  const device = new WasmDevice({ slices, threads, ...options })
  expect(await device.startThreads()).toBe(threads)
  started.push(device)
  return device
}
afterAll(() => {
  for (const device of started) device.crew.close()
})

/** Outputs may be new values of variables of their shape. */
function updatesOf({ sources, outputs }: RandomGraph): number[] {
  const free = new Set(sources.keys())
  return outputs.map(o => {
    const target = [...free].find(j => sources[j]!.shape.join() === o.shape.join()) ?? -1
    free.delete(target)
    return target
  })
}
/** All results, those that stay on the device last. */
async function run(device: WasmDevice, graph: RandomGraph, updates: readonly number[]): Promise<TypedArray[]> {
  const { sources, values, outputs } = graph
  const residents: (Resident | Float32Array)[] = values.map((v, j) => {
    if (!updates.includes(j)) return v
    const resident = device.resident(sources[j]!.shape, 'float32')
    resident.write(v)
    return resident
  })
  const plan = device.prepare({ sources, outputs, updates: [...updates] })
  const results = [...(await plan.run(residents))]
  for (const resident of residents) {
    if (resident instanceof Float32Array) continue
    results.push(await resident.read())
    resident.dispose()
  }
  return results
}

describe('several threads', () => {
  let devices: WasmDevice[]
  beforeAll(async () => {
    devices = [await deviceWith(1), await deviceWith(2), await deviceWith(3)]
  })

  it('give the same bits as one, on random graphs', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async graph => {
        const updates = updatesOf(graph)
        const [one, ...others] = await Promise.all(devices.map(d => run(d, graph, updates)))
        for (const other of others) expect(other).toEqual(one)
      }),
      { numRuns: 150 },
    )
    expect(await devices[1]!.prepare(large()).explain()).toMatch(/, 2 threads\)[\s\S]* 6 pieces/)
  })

  it('do all the work when the one that asked does none', async () => {
    const device = await deviceWith(3)
    const { crew } = device
    let call: Parameters<typeof crew.begin> | undefined
    const begin = crew.begin.bind(crew)
    crew.begin = (...args) => {
      call = args
      return begin(...args)
    }
    const x = input([60, 70])
    const plan = device.prepare({ sources: [x], outputs: [b.tanh(x)], updates: [-1] })
    await plan.run([new Float32Array(4200)])
    crew.begin = begin
    const tag = begin(...call!)
    const words = new Int32Array(device.heap.memory.buffer, crew.block, control.taken)
    for (let i = 0; i < 100 && Atomics.load(words, control.done) !== tag + slices.pieces; i++)
      await new Promise(resolve => setTimeout(resolve, 20))
    expect(Atomics.load(words, control.done)).toBe(tag + slices.pieces)
  })

  it('never touch memory that another kernel of their stage uses', () => {
    let together = 0
    fc.assert(
      fc.property(randomGraph, graph => {
        const updates = updatesOf(graph)
        const program = compileGraph({ ...graph, updates })
        const resident = graph.sources.map((_, j) => updates.includes(j))
        const stages = stagesFor(program, resident, slices)
        expect(stages.flatMap(s => [...s.chain, ...s.shared.map(c => c.kernel)]).sort((p, q) => p - q)).toEqual([
          ...program.kernels.keys(),
        ])
        const { offsets } = arrangeProgram(program, stages, resident)
        const overlap = (p: number, q: number): boolean =>
          p === q ||
          (offsets[p]! >= 0 &&
            offsets[q]! >= 0 &&
            offsets[p]! < offsets[q]! + 4 * program.buffers[q]!.elements &&
            offsets[q]! < offsets[p]! + 4 * program.buffers[p]!.elements)
        const writes = (k: number): number[] => {
          const kernel = program.kernels[k]!
          const stores =
            kernel.kind === 'loop'
              ? kernel.stores
              : kernel.kind === 'contract' || kernel.kind === 'window'
                ? kernel.epilogue.stores
                : undefined
          return stores ? stores.map(s => kernel.buffers[s.access.argument]!) : [kernel.buffers.at(-1)!]
        }
        for (const { chain, shared } of stages) {
          const kernels = shared.map(s => s.kernel)
          for (const one of [...chain, ...kernels])
            for (const two of kernels) {
              if (one === two) continue
              together++
              for (const p of writes(one))
                for (const q of program.kernels[two]!.buffers) expect(overlap(p, q)).toBe(false)
              for (const p of writes(two))
                for (const q of program.kernels[one]!.buffers) expect(overlap(p, q)).toBe(false)
            }
        }
      }),
      { numRuns: 300 },
    )
    expect(together).toBeGreaterThan(50)
  })
})

const input = (shape: number[]) => b.source({ shape, dtype: 'float32' }) as NodeOf<'source'>
/** A product, a host function that is called with its result, and work after it. */
function large(during: () => void = () => {}) {
  const [x, y] = [input([64, 64]), input([64, 64])]
  const product = b.dot(x, y)
  const passed = b.host([product], {
    name: 'pass',
    shape: [64, 64],
    dtype: 'float32',
    run: given => {
      during()
      return given!.data
    },
  })
  const outputs: Node[] = [b.dot(b.tanh(passed), y)]
  return { sources: [x, y], outputs, updates: [-1] }
}
const operands = (): Float32Array[] => [1, 2].map(k => Float32Array.from({ length: 4096 }, (_, i) => Math.sin(k * i)))
function watched(device: WasmDevice, during?: () => void) {
  const words = () => new Int32Array(device.heap.memory.buffer, device.crew.block, control.taken + 3 * control.line)
  return { words, plan: device.prepare(large(during)), sources: operands() }
}

describe('a thread that is lost', () => {
  const expected = () => new WasmDevice({ slices, threads: 1 }).prepare(large()).run(operands())

  it('between two runs or in the middle of one is not missed', async () => {
    const device = await deviceWith(2)
    let lost = false
    const { plan, sources } = watched(device, () => {
      if (lost) device.crew.close()
    })
    expect(await plan.run(sources)).toEqual(await expected())
    lost = true
    expect(await plan.run(sources)).toEqual(await expected())
    expect(await plan.run(sources)).toEqual(await expected())
    expect(await plan.explain()).toContain('1 thread: one was lost')
    expect(await device.startThreads()).toBe(1)
  })

  it('with a piece of work makes the run fail, and later ones go on without it', async () => {
    const device = await deviceWith(2, { patience: 300 })
    let stolen = false
    const { words, plan, sources } = watched(device, () => {
      if (stolen) return
      stolen = true
      // as if the other thread had taken the first piece of its share of the next stage, and died
      const next = Atomics.load(words(), control.done) + 1
      const end = next + slices.pieces / 2
      Atomics.store(words(), control.taken + control.line, end + 1)
    })
    expect(() => plan.run(sources)).toThrow(DeviceError)
    expect(await plan.run(sources)).toEqual(await expected())
    expect(await plan.explain()).toContain('1 thread: one was lost')
  })

  it('by an error of its own is noticed at once', async () => {
    const device = await deviceWith(2)
    let failed = false
    const { words, plan, sources } = watched(device, () => {
      if (failed) return
      failed = true
      const next = Atomics.load(words(), control.done) + 1
      Atomics.store(words(), control.taken + control.line, next + slices.pieces / 2 + 1)
      Atomics.store(words(), control.failed, 1)
    })
    expect(() => plan.run(sources)).toThrow('it failed')
    expect(await plan.run(sources)).toEqual(await expected())
  })
})

it('a bad index ends a run for all threads', async () => {
  const device = await deviceWith(3)
  const [table, list] = [input([64, 64]), b.source({ shape: [64], dtype: 'int32' }) as NodeOf<'source'>]
  const rows = b.gather(b.dot(table, table), list, 0)
  const plan = device.prepare({ sources: [table, list], outputs: [b.dot(rows, b.transpose(rows))], updates: [-1] })
  const [values] = operands() as [Float32Array]
  const good = Int32Array.from({ length: 64 }, (_, i) => 63 - i)
  const first = await plan.run([values, good])
  for (let i = 0; i < 20; i++) {
    expect(() => plan.run([values, good.with(i, 64)])).toThrow(IndexError)
    expect(await plan.run([values, good])).toEqual(first)
  }
})

it('says what is wrong with a number of threads', async () => {
  for (const threads of [0, -1, 1.5, Number.NaN]) expect(() => new WasmDevice({ threads })).toThrow(OptionError)
  process.env.CHAINRULE_THREADS = 'many'
  try {
    expect(() => new WasmDevice()).toThrow('CHAINRULE_THREADS=many')
    process.env.CHAINRULE_THREADS = '1'
    expect(await new WasmDevice().prepare(large()).explain()).toContain('1 thread)')
  } finally {
    delete process.env.CHAINRULE_THREADS
  }
})

describe('a process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-threads-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const index = JSON.stringify(fileURLToPath(new URL('../../index.ts', import.meta.url)))
  /** Bundles a program and runs it; it must end by itself. */
  async function runProgram(body: string): Promise<string> {
    const outfile = join(folder, 'program.mjs')
    const stdin = { contents: `import * as cr from ${index}\n${body}`, resolveDir: folder }
    await build({
      stdin,
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['chainrule-source'],
      outfile,
      logLevel: 'error',
    })
    const { status, stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: 'utf8', timeout: 20_000 })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    return stdout
  }
  const training = `
    const device = cr.wasmDevice({ threads: 2 })
    await cr.setDevice(device)
    cr.random.seed(1)
    const model = cr.models.lenet5()
    const optimizer = cr.optim.adam({ learningRate: 1e-3 }, model)
    const images = cr.tensor(Float32Array.from({ length: 64 * 784 }, (_, i) => Math.sin(i)), { shape: [64, 1, 28, 28] })
    const labels = cr.tensor(Int32Array.from({ length: 64 }, (_, i) => i % 10), { shape: [64] })
    const step = cr.compile((x, y) => {
      const loss = cr.nn.crossEntropy(model.forward(x), y)
      optimizer.step(cr.grad(loss, optimizer.parameters))
      return loss
    })`

  it('ends while its threads sleep, which costs nothing', async () => {
    const out = await runProgram(`${training}
      if (await device.startThreads() !== 2) throw new Error('no threads')
      for (let i = 0; i < 3; i++) await step(images, labels).item()
      const before = process.cpuUsage()
      await new Promise(resolve => setTimeout(resolve, 1000))
      const { user, system } = process.cpuUsage(before)
      console.log((user + system) / 1000)`)
    // ms of a second, of which a thread that spins would use all
    expect(Number(out)).toBeLessThan(300)
  })

  it('starts its threads by itself after some work, also in a loop that only waits for values', async () => {
    const out = await runProgram(`${training}
      const block = device.crew.block / 4
      let steps = 0
      let mail = 0
      while (mail === 0 && steps < 200) {
        await step(images, labels).item()
        steps++
        mail = new Int32Array(device.heap.memory.buffer)[block + 3]
      }
      console.log(steps)`)
    expect(Number(out)).toBeGreaterThan(1)
    expect(Number(out)).toBeLessThan(200)
  })

  it('trains to the same bits with one, two and three threads', async () => {
    const out = await runProgram(`${training}
      const results = []
      for (const threads of [1, 2, 3]) {
        const device = cr.wasmDevice({ threads })
        await cr.setDevice(device)
        if (await device.startThreads() !== threads) throw new Error('no threads')
        cr.random.seed(1)
        const model = cr.models.lenet5()
        const optimizer = cr.optim.adam({ learningRate: 1e-3 }, model)
        const step = cr.compile((x, y) => {
          const loss = cr.nn.crossEntropy(model.forward(x), y)
          optimizer.step(cr.grad(loss, optimizer.parameters))
          return loss
        })
        const losses = []
        for (let i = 0; i < 5; i++) losses.push(await step(images, labels).item())
        const weights = await Promise.all(model.parameters().map(p => p.data()))
        results.push(JSON.stringify([losses, weights.map(w => [...w])]))
      }
      console.log(new Set(results).size, results[0].length > 100_000)`)
    expect(out.trim()).toBe('1 true')
  })
})

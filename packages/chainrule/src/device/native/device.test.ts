/** The native device in good and bad conditions: threads, memory, compilers that fail, several processes. */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DeviceError, IndexError, OptionError, OutOfMemoryError } from '../../errors.ts'
import * as b from '../../graph/build.ts'
import type { TypedArray } from '../../graph/dtype.ts'
import type { NodeOf } from '../../graph/node.ts'
import { leaf } from '../js/evaluate.testing.ts'
import { digestOf } from './cache.ts'
import { nativeDevice } from './device.ts'
import { compiler } from './library.testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'chainrule-native-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const newFolder = (): string => mkdtempSync(join(folder, 'cache-'))
const input = (shape: readonly number[], dtype: 'float32' | 'int32' = 'float32') =>
  leaf(new Array<number>(shape.reduce((n, d) => n * d, 1)).fill(0), shape, dtype) as NodeOf<'source'>
const numbers = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i))
/** Everything is cut. */
const slices = { work: 0, pieces: 6 }

describe.runIf(compiler)('the native device', () => {
  it('gives the same bits with any number of threads', async () => {
    const x = input([60, 70])
    const w = input([70, 33])
    const h = b.relu(b.dot(x, w))
    const y = b.div(h, b.broadcastTo(b.reshape(b.add(b.sum(h, [1]), b.full([60], 1)), [60, 1]), [60, 33]))
    const outputs = [y, b.sum(b.mul(y, y), [0]), b.sum(b.exp(b.neg(x)), [0, 1]), b.tanh(b.permute(x, [1, 0]))]
    const results: TypedArray[][] = []
    for (const threads of [1, 2, 3, 5]) {
      const device = nativeDevice({ threads, slices })
      const plan = device.prepare({ sources: [x, w], outputs, updates: outputs.map(() => -1) })
      expect(await plan.explain()).toMatch(/ 6 pieces/)
      // often, so that threads come late to some runs
      for (let i = 0; i < 200; i++) {
        const values = await plan.run([numbers(4200), numbers(2310)])
        if (i % 50 === 0) results.push(values.map(v => v.slice()))
        else for (const [j, v] of values.entries()) expect(v).toEqual(results[0]![j])
      }
    }
    for (const values of results) expect(values).toEqual(results[0])
  })
  it('goes on after an index outside, with threads', async () => {
    const device = nativeDevice({ threads: 3, slices })
    const [x, i] = [input([300, 40]), input([50], 'int32')]
    const y = b.gather(b.exp(x), i, 0)
    const plan = device.prepare({ sources: [x, i], outputs: [b.sum(y, [0]), b.exp(y)], updates: [-1, -1] })
    const values = numbers(12000)
    for (let turn = 0; turn < 20; turn++) {
      expect(() => plan.run([values, new Int32Array(50).fill(300)])).toThrow(IndexError)
      const [sum] = await plan.run([values, new Int32Array(50).fill(7)])
      expect(sum![3]).toBeCloseTo(50 * Math.exp(values[7 * 40 + 3]!), 3)
    }
  })
  it('says when there is not enough memory, and goes on', async () => {
    const device = nativeDevice({ maximumBytes: 1 << 20 })
    expect(() => device.resident([1 << 20], 'float32')).toThrow(OutOfMemoryError)
    const x = input([1 << 18])
    const large = device.prepare({ sources: [x], outputs: [b.exp(x)], updates: [-1] })
    expect(() => large.run([numbers(1 << 18)])).toThrow(/plan's peak is \d+ bytes/)
    const y = input([4])
    const small = device.prepare({ sources: [y], outputs: [b.neg(y)], updates: [-1] })
    expect(small.run([Float32Array.of(1, 2, 3, 4)])).toEqual([Float32Array.of(-1, -2, -3, -4)])
    const resident = device.resident([1 << 16], 'float32')
    expect(await resident.read()).toEqual(new Float32Array(1 << 16))
    resident.dispose()
    expect(device.residentBytes).toBe(0)
  })
  it('refuses what it cannot do', () => {
    for (const threads of [0, -1, 1.5, Number.NaN]) expect(() => nativeDevice({ threads })).toThrow(OptionError)
    const device = nativeDevice()
    expect(() => device.resident([1], 'float64')).toThrow("float64 runs on the 'js' device")
    const x = leaf([1], [1], 'float64') as NodeOf<'source'>
    expect(() => device.prepare({ sources: [x], outputs: [b.neg(x)], updates: [-1] })).toThrow(DeviceError)
  })
  it('tells of each kernel when it is watched', async () => {
    const device = nativeDevice({ threads: 2, slices })
    const x = input([50, 60])
    const told: number[] = []
    const graph = {
      sources: [x],
      outputs: [b.sum(b.exp(x), [0]), b.dot(x, b.permute(x, [1, 0]))],
      updates: [-1, -1],
    }
    const plan = device.prepare(graph, k => void told.push(k))
    const results = await plan.run([numbers(3000)])
    expect(told).toEqual([-1, ...(await plan.facts()).keys()])
    expect(results).toEqual(await device.prepare(graph).run([numbers(3000)]))
    expect(await device.peak()).toBeGreaterThan(1)
  })

  /** A compiler that fails at what a shell condition on its arguments says. */
  function brokenCompiler(condition: string): string {
    const path = join(newFolder(), 'broken-cc')
    writeFileSync(
      path,
      `#!/bin/sh\ncase "$*" in ${condition}) exec ${compiler!.command} "$@";; esac\necho "error: broken" >&2\nexit 1\n`,
    )
    chmodSync(path, 0o700)
    return path
  }
  /** With CC set. */
  function withCompiler<R>(path: string, run: () => R): R {
    const before = process.env.CC
    process.env.CC = path
    try {
      return run()
    } finally {
      if (before === undefined) delete process.env.CC
      else process.env.CC = before
    }
  }
  it('says why there is no compiler', () => {
    const make = () => nativeDevice({ cache: newFolder() })
    withCompiler('/nonexistent', () => expect(make).toThrow('CC is /nonexistent, which is not there'))
    withCompiler(brokenCompiler('nothing'), () => expect(make).toThrow('error: broken'))
    withCompiler(brokenCompiler('*-dM*'), () => expect(make).toThrow(/failed \(error: broken\)/))
    withCompiler('/bin/true', () => expect(make).toThrow('it does not know vectors'))
  })
  it('lets wasm do what the compiler fails at', async () => {
    const cache = newFolder()
    nativeDevice({ cache })
    const said: string[] = []
    const device = withCompiler(brokenCompiler('*-dM*'), () =>
      nativeDevice({ cache, say: line => void said.push(line) }),
    )
    const [x, y] = [input([3]), input([3])]
    const plan = withCompiler(brokenCompiler('*-dM*'), () =>
      device.prepare({ sources: [x, y], outputs: [b.add(x, y), b.sum(x, [0])], updates: [0, -1] }),
    )
    expect(said).toEqual([expect.stringMatching(/broken-cc failed \(error: broken\); .* wasm/)])
    const resident = device.resident([3], 'float32')
    resident.write(Float32Array.of(1, 2, 3))
    expect(await plan.run([resident, Float32Array.of(10, 20, 30)])).toEqual([Float32Array.of(6)])
    expect(await plan.run([resident, Float32Array.of(0, 0, 1)])).toEqual([Float32Array.of(66)])
    expect(await resident.read()).toEqual(Float32Array.of(11, 22, 34))
    expect(await plan.explain()).toContain('wasm')
  })
  it('runs no compiler when everything is kept already', async () => {
    const cache = newFolder()
    const log = join(newFolder(), 'log')
    const path = join(newFolder(), 'counting-cc')
    writeFileSync(path, `#!/bin/sh\necho run >> ${log}\nexec ${compiler!.command} "$@"\n`)
    chmodSync(path, 0o700)
    const x = input([4])
    const run = () =>
      withCompiler(path, () =>
        nativeDevice({ cache })
          .prepare({ sources: [x], outputs: [b.exp(x)], updates: [-1] })
          .run([numbers(4)]),
      )
    const first = await run()
    const compiled = readFileSync(log, 'utf8')
    expect(compiled.split('\n').length).toBeGreaterThan(2)
    expect(await run()).toEqual(first)
    expect(readFileSync(log, 'utf8')).toBe(compiled)
  })
})

describe.runIf(compiler)('processes', () => {
  let program: string
  beforeAll(async () => {
    program = join(folder, 'program.mjs')
    const index = fileURLToPath(new URL('../../index.ts', import.meta.url))
    await build({
      stdin: {
        contents: `import * as cr from ${JSON.stringify(index)}
          const device = await cr.setDevice(process.argv[2])
          cr.random.seed(1)
          const model = cr.models.lenet5()
          const optimizer = cr.optim.adam({ learningRate: 1e-3 }, model)
          const x = cr.tensor(Float32Array.from({ length: 16 * 784 }, (_, i) => Math.sin(i)), { shape: [16, 1, 28, 28] })
          const y = cr.tensor(Int32Array.from({ length: 16 }, (_, i) => i % 10), { shape: [16] })
          const step = cr.compile((x, y) => {
            const loss = cr.nn.crossEntropy(model.forward(x), y)
            optimizer.step(cr.grad(loss, optimizer.parameters))
            return loss
          })
          const losses = []
          for (let i = 0; i < 4; i++) losses.push(await step(x, y).item())
          console.log(JSON.stringify([device.name, ...losses]))`,
        resolveDir: folder,
      },
      outfile: program,
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['chainrule-source'],
      logLevel: 'error',
    })
  })
  const modules = fileURLToPath(new URL('../../../../../node_modules', import.meta.url))
  const environment = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
    ...process.env,
    NODE_PATH: [modules, process.env.NODE_PATH ?? ''].join(delimiter),
    CHAINRULE_THREADS: '2',
    ...more,
  })
  const run = (device: string, more: NodeJS.ProcessEnv) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, device], {
      encoding: 'utf8',
      timeout: 60_000,
      env: environment(more),
    })
    expect(status, stderr).toBe(0)
    const [name, ...losses] = JSON.parse(stdout) as [string, ...number[]]
    return { name, losses, stderr }
  }

  it('share a cache that was empty, at the same time', async () => {
    const cache = newFolder()
    const started = [1, 2, 3].map(() => {
      const child = spawn(process.execPath, [program, 'native'], { env: environment({ CHAINRULE_CACHE: cache }) })
      let text = ''
      child.stdout.on('data', chunk => {
        text += chunk
      })
      let complaints = ''
      child.stderr.on('data', chunk => {
        complaints += chunk
      })
      return new Promise<string>((resolve, reject) =>
        child.once('close', status =>
          status === 0 && complaints === '' ? resolve(text) : reject(new Error(`${status} ${complaints}`)),
        ),
      )
    })
    const results = await Promise.all(started)
    expect(new Set(results).size).toBe(1)
    expect(JSON.parse(results[0]!)[0]).toBe('native')
    const names = readdirSync(cache)
    expect(names.every(name => /^[0-9a-f]{64}\.(so|json)$/.test(name))).toBe(true)
    for (const name of names.filter(n => n.endsWith('.so')))
      expect(`${digestOf(readFileSync(join(cache, name)))}.so`).toBe(name)
  })
  it('that find a changed object make it anew', () => {
    const cache = newFolder()
    const first = run('native', { CHAINRULE_CACHE: cache })
    for (const name of readdirSync(cache))
      if (name.endsWith('.so')) writeFileSync(join(cache, name), 'not what was compiled')
    const second = run('native', { CHAINRULE_CACHE: cache })
    expect(second.stderr).toContain('is not what was compiled, and is not used')
    expect(second.losses).toEqual(first.losses)
    expect(run('native', { CHAINRULE_CACHE: cache })).toEqual(first)
  })
  it('go on with wasm, and say so once, where there is no compiler or no koffi', () => {
    const wasm = run('wasm', {})
    for (const missing of [{ CC: '/nonexistent' }, { NODE_PATH: '' }]) {
      const found = run('native', { CHAINRULE_CACHE: newFolder(), ...missing })
      expect(found.name).toBe('wasm')
      expect(found.losses).toEqual(wasm.losses)
      expect(found.stderr).toMatch(/^chainrule: native: .*; the work goes on with wasm\n$/)
      expect(run('auto', { CHAINRULE_CACHE: newFolder(), ...missing })).toEqual({ ...wasm, stderr: '' })
    }
  })
  it('go on where nothing can be kept', () => {
    const found = run('native', { CHAINRULE_CACHE: '/dev/null/cache' })
    expect(found.name).toBe('native')
    expect(found.stderr).toMatch(/^chainrule: the cache \/dev\/null\/cache cannot be made: ENOTDIR; .*\n$/)
  })
})

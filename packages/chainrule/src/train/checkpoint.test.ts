import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CheckpointError } from '../errors.ts'
import { parseSafetensors, serializeSafetensors } from '../io/safetensors.ts'
import * as nn from '../nn/index.ts'
import { adam, cosine, type Optimizer, sgd } from '../optim/index.ts'
import { defaultGenerator, seed } from '../tensor/random.ts'
import { earlyStopping, keepBest } from './callbacks.ts'
import { loadCheckpoint, readCheckpoint, saveCheckpoint } from './checkpoint.ts'
import { type FitOptions, fit } from './fit.ts'
import { network, type Point, plainNetwork, quadrants, stateOf } from './problems.testing.ts'
import type { Trainable } from './types.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainrule-checkpoint-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = (): string => join(folder, `${files++}`, 'run.safetensors')

const options = (): FitOptions<Point> => ({
  loss: nn.crossEntropy,
  optimizer: adam({ learningRate: 0.01 }),
  schedule: () => cosine({ learningRate: 0.01, steps: 12 }),
  epochs: 3,
  batchSize: 16,
  seed: 11,
})

describe('resuming', () => {
  /** 64 samples in batches of 16: 4 steps an epoch, 12 in all; dropout, batch normalisation and shuffling on. */
  const straight = async (own: Partial<FitOptions<Point>> = {}) => {
    seed(1)
    const model = network()
    const result = await fit(model, quadrants(64), { ...options(), ...own })
    return { state: await stateOf(model), result }
  }

  it.each([1, 4, 5, 8, 11])('after step %i goes on bit for bit', async stopAt => {
    const expected = await straight()
    const path = newPath()
    const control = new AbortController()
    seed(1)
    await fit(network(), quadrants(64), {
      ...options(),
      checkpoint: { path, every: 100 },
      signal: control.signal,
      callbacks: [e => void (e.type === 'step' && e.step === stopAt && control.abort())],
    })
    // another process: nothing is shared but the file
    seed(99)
    const model = network()
    const result = await fit(model, quadrants(64), { ...options(), seed: 7, resume: path })
    expect(await stateOf(model)).toEqual(expected.state)
    expect(result.steps).toBe(12)
    expect(result.epochs.map(e => e.train)).toEqual(expected.result.epochs.map(e => e.train))
  })

  it('while gradients accumulate', async () => {
    const expected = await straight({ accumulate: 4 })
    const path = newPath()
    const control = new AbortController()
    seed(1)
    await fit(network(), quadrants(64), {
      ...options(),
      accumulate: 4,
      checkpoint: path,
      signal: control.signal,
      callbacks: [e => void (e.type === 'step' && e.step === 6 && control.abort())],
    })
    const model = network()
    await fit(model, quadrants(64), { ...options(), accumulate: 4, resume: path })
    expect(await stateOf(model)).toEqual(expected.state)
  })

  it('keeps what callbacks know', async () => {
    const path = newPath()
    const stopping = () => earlyStopping({ patience: 1, threshold: 100 })
    const first = await fit(plainNetwork(), quadrants(64), {
      ...options(),
      epochs: 1,
      checkpoint: path,
      callbacks: [stopping()],
    })
    expect(first.reason).toBe('finished')
    const second = await fit(plainNetwork(), quadrants(64), {
      ...options(),
      epochs: 9,
      resume: path,
      callbacks: [stopping()],
    })
    expect([second.reason, second.epochs.length]).toEqual(['stopped', 3])
  })

  it('writes after so many steps, after epochs, and at the end', async () => {
    const saved = async (checkpoint: FitOptions<Point>['checkpoint']) => {
      const steps: number[] = []
      for await (const event of fit(plainNetwork(), quadrants(64), { ...options(), checkpoint }))
        if (event.type === 'checkpoint') steps.push(event.step)
      return steps
    }
    const path = newPath()
    expect(await saved({ path, every: 5 })).toEqual([5, 10, 12])
    expect(await saved(path)).toEqual([4, 8, 12])
    const best = newPath()
    await fit(plainNetwork(), quadrants(64), { ...options(), callbacks: [keepBest(best)] })
    expect((await readCheckpoint(best)).resumable).toBe(true)
  })
})

describe('files', () => {
  const make = async (path: string, model: Trainable = plainNetwork()) => {
    const optimizer = adam({}, model)
    await saveCheckpoint(path, { model, optimizer, random: defaultGenerator }, { note: { step: 5 } })
    return { model, optimizer }
  }
  const failure = (path: string, model: Trainable, optimizer?: Optimizer) =>
    loadCheckpoint(path, { model, optimizer }).then(
      () => undefined,
      (e: Error) => e,
    )

  it('hold everything under the names of PyTorch', async () => {
    const path = newPath()
    const { model } = await make(path)
    const { tensors, metadata } = parseSafetensors(readFileSync(path))
    expect([...tensors.keys()].filter(k => !k.includes('/')).sort()).toEqual([
      '0.bias',
      '0.weight',
      '2.bias',
      '2.weight',
    ])
    expect(tensors.get('0.weight')!.shape).toEqual([16, 2])
    expect(metadata.note).toBe('{"step":5}')
    const other = plainNetwork()
    expect(await loadCheckpoint(path, { model: other })).toMatchObject({ note: { step: 5 } })
    expect(await stateOf(other)).toEqual(await stateOf(model))
  })

  it('of plain weights load into a model, not into a run', async () => {
    const path = newPath()
    await make(path)
    const weights = parseSafetensors(readFileSync(path)).tensors
    const foreign = join(folder, 'weights.safetensors')
    writeFileSync(
      foreign,
      serializeSafetensors(
        [...weights].filter(([k]) => !k.includes('/')),
        { format: 'pt' },
      ),
    )
    const model = plainNetwork()
    expect(await failure(foreign, model)).toBeUndefined()
    const optimizer = adam({}, model)
    expect((await failure(foreign, model, optimizer))!.message).toMatch(/holds weights, not a training run/)
    await expect(Promise.resolve(fit(model, quadrants(8), { ...options(), resume: foreign }))).rejects.toThrow(
      CheckpointError,
    )
  })

  it('of another model name the tensor and both shapes; nothing changes', async () => {
    const path = newPath()
    await make(path)
    const wide = nn.sequential(nn.linear(2, 17), nn.tanh(), nn.linear(17, 2))
    const before = await stateOf(wide)
    const error = (await failure(path, wide))!
    expect(error).toBeInstanceOf(CheckpointError)
    expect(error.message).toContain(
      `the checkpoint ${path} belongs to another model: 0.weight is [16, 2] in the file, [17, 2] in the model`,
    )
    expect(await stateOf(wide)).toEqual(before)
    const deep = nn.sequential(nn.linear(2, 16), nn.linear(16, 16), nn.linear(16, 2))
    expect((await failure(path, deep))!.message).toContain('it lacks 1.weight [16, 16], 1.bias [16]')
    const model = plainNetwork()
    const other = sgd({ learningRate: 1, momentum: 0.9 }, model)
    expect((await failure(path, model, other))!.message).toMatch(/another model or optimizer: it lacks optimizer\//)
  })

  it('that are missing, truncated, corrupt or something else are refused with their path', async () => {
    const path = newPath()
    const { model } = await make(path)
    expect((await failure(join(folder, 'none'), model))!.message).toMatch(/none cannot be read: no such file or folder/)
    expect((await failure(folder, model))!.message).toMatch(/cannot be read: is a folder/)
    const size = readFileSync(path).length
    truncateSync(path, size - 10)
    expect((await failure(path, model))!.message).toMatch(/run\.safetensors: tensor .* lies outside the file/)
    truncateSync(path, 100)
    expect((await failure(path, model))!.message).toMatch(/truncated or not a safetensors file/)
    writeFileSync(path, 'PK\x03\x04 something else entirely')
    expect((await failure(path, model))!).toBeInstanceOf(CheckpointError)
  })

  it('that cannot be written leave the previous one', async () => {
    const blocker = join(folder, 'blocker')
    writeFileSync(blocker, '')
    await expect(make(join(blocker, 'run.safetensors'))).rejects.toThrow(
      /could not be written: .*a previous file of this name is unharmed/,
    )
  })

  it('survive a kill while saving', async () => {
    const library = join(folder, 'library.mjs')
    await build({
      stdin: {
        contents: `export * as train from './train/index.ts'; export * as nn from './nn/index.ts'`,
        resolveDir: fileURLToPath(new URL('..', import.meta.url)),
      },
      outfile: library,
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['chainrule-source'],
      logLevel: 'silent',
    })
    const path = newPath()
    const program = `
      const { train, nn } = await import(${JSON.stringify(library)})
      const model = nn.sequential(nn.linear(600, 600), nn.linear(600, 600))
      for (let i = 0; ; i++) {
        await train.saveCheckpoint(${JSON.stringify(path)}, { model }, { i })
        console.log(i)
      }`
    for (let trial = 0; trial < 4; trial++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = new Promise(resolve => child.once('exit', resolve))
      await new Promise(resolve => child.stdout.once('data', resolve))
      await new Promise(resolve => setTimeout(resolve, 3 + 5 * trial))
      child.kill('SIGKILL')
      await ended
      const { tensors, info } = await readCheckpoint(path)
      expect(tensors.get('1.weight')!.shape).toEqual([600, 600])
      expect(info.i).toBeGreaterThanOrEqual(0)
    }
    await saveCheckpoint(path, { model: plainNetwork() })
    expect(readdirSync(join(path, '..'))).toEqual(['run.safetensors'])
  })
})

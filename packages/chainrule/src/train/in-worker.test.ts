import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChainruleError, NonFiniteError, WorkerError } from '../errors.ts'
import { parseCheckpoint } from './checkpoint.ts'
import type { FitEvent, StepEvent } from './events.ts'
import { inWorker } from './in-worker.ts'
import { network, stateOf } from './problems.testing.ts'
import { serve } from './serve.ts'
import type { Fit } from './stream.ts'
import { type Settings, training } from './training.testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'chainrule-worker-'))
const module = join(folder, 'training.mjs')
beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, 'training.testing.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['chainrule-source'],
    outfile: module,
    logLevel: 'error',
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

const start = (path = module): Worker => new Worker(path, { workerData: 'serve', stderr: true })
const collect = async (run: Fit): Promise<FitEvent[]> => {
  const events: FitEvent[] = []
  for await (const event of run) events.push(event)
  return events
}
/** Without what a clock says. */
const scoresOf = (events: readonly FitEvent[]) =>
  events.map(e => ('scores' in e ? e.scores : 'train' in e ? [e.epoch, e.train] : e.type))
const failure = (run: Fit): Promise<Error> =>
  Promise.resolve(run).then(
    () => expect.unreachable(),
    error => error,
  )
const gone = (worker: Worker): Promise<void> =>
  worker.threadId === -1 ? Promise.resolve() : new Promise(resolve => worker.once('exit', () => resolve()))

describe('a run in a worker', () => {
  it('is the same run, and this thread stays free', async () => {
    const here = training({ epochs: 4 })
    const expected = scoresOf(await collect(here.run))
    const worker = start()
    const model = network()
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const run = inWorker<Settings>(worker, { settings: { epochs: 4 }, model })
    const events = await collect(run)
    clearInterval(timer)
    expect(scoresOf(events)).toEqual(expected)
    expect(events).toHaveLength(4 * 7 + 4 + 1)
    expect(await stateOf(model)).toEqual(await stateOf(here.model))
    expect(turns).toBeGreaterThan(5)
    expect(await run).toMatchObject({ reason: 'finished', steps: 28 })
    await gone(worker)
  })

  it('gives checkpoints on the way and at the end, from which it goes on', async () => {
    const whole = inWorker<Settings>(start(), { settings: { epochs: 20 } })
    let early: Uint8Array | undefined
    let asked = 0
    for await (const event of whole)
      if (event.type === 'epoch' && event.epoch === 2) {
        early = await whole.checkpoint()
        asked = event.step
      }
    const step = (parseCheckpoint(early!).info.progress as { step: number }).step
    expect(step).toBeGreaterThanOrEqual(asked)
    const rest = inWorker<Settings>(start(), { settings: { epochs: 20, resume: early! } })
    // a checkpoint between an epoch's last step and its end goes on with that end
    const first = (await collect(rest)).find((event): event is StepEvent => event.type === 'step')
    expect(first!.step).toBe(step + 1)
    const at = async (run: Fit) => parseCheckpoint(await run.checkpoint()).tensors
    expect(await at(rest)).toEqual(await at(whole))
  })

  it('ends when the signal says so, also before it begins', async () => {
    const abort = new AbortController()
    const run = inWorker<Settings>(start(), { settings: { epochs: 100_000 }, signal: abort.signal })
    for await (const event of run) if (event.type === 'epoch' && event.epoch === 3) abort.abort()
    const result = await run
    expect(result.reason).toBe('aborted')
    expect(result.epochs.length).toBeGreaterThanOrEqual(3)
    const never = inWorker<Settings>(start(), { settings: { epochs: 5 }, signal: AbortSignal.abort() })
    expect(await never).toMatchObject({ reason: 'aborted', steps: 0 })
  })

  it('waits for a page that is slow', async () => {
    const run = inWorker<Settings>(start(), { settings: { epochs: 100_000 } })
    const events = run[Symbol.asyncIterator]()
    await events.next()
    await new Promise(resolve => setTimeout(resolve, 300))
    const { step } = parseCheckpoint(await run.checkpoint()).info.progress as { step: number }
    expect(step).toBeGreaterThan(10)
    expect(step).toBeLessThanOrEqual(65)
    await events.return?.()
  })

  it('is terminated when the loop is left', async () => {
    const worker = start()
    const run = inWorker<Settings>(worker, { settings: { epochs: 100_000 } })
    for await (const _ of run) break
    await gone(worker)
    await expect(Promise.resolve(run)).rejects.toThrow('was left before its end')
    await expect(run.checkpoint()).rejects.toThrow(WorkerError)
  })
})

describe('what goes wrong in a worker', () => {
  it.each([
    ['exit', /it ended with code 7/],
    ['throw', /out of luck/],
  ] as const)('it dies: %s', async (fate, why) => {
    const run = inWorker<Settings>(start(), { settings: { epochs: 100_000, fate } })
    let last = 0
    const error = await (async () => {
      for await (const event of run) if (event.type === 'step') last = event.step
    })().catch(e => e)
    expect(error).toBeInstanceOf(WorkerError)
    expect(error.message).toMatch(why)
    expect(error.message).toMatch(/^inWorker: the worker was lost before the run had ended/)
    expect(last).toBeGreaterThanOrEqual(2)
    await expect(run.checkpoint()).rejects.toBe(error)
  })

  it('an error of the run keeps its class and its fields', async () => {
    const error = await failure(inWorker<Settings>(start(), { settings: { epochs: 1, fate: 'nan' } }))
    expect(error).toBeInstanceOf(NonFiniteError)
    expect(error).toMatchObject({ message: 'the loss is NaN', step: 3, module: 'features.0', name: 'NonFiniteError' })
    expect(error.stack).toContain('training.mjs')
    const foreign = await failure(inWorker<Settings>(start(), { settings: { epochs: 1, fate: 'foreign' } }))
    expect(foreign).toBeInstanceOf(WorkerError)
    expect(foreign.message).toBe('the run in the worker failed: RangeError: no such thing')
    expect((foreign.cause as Error).stack).toContain('training.mjs')
  })

  it('no run can be prepared', async () => {
    const error = await failure(inWorker<Settings>(start(), { settings: { epochs: 0 } }))
    expect(error).toBeInstanceOf(ChainruleError)
    expect(error.message).toBe('nothing to do')
    const awaited = await failure(inWorker<string>(start(), { settings: 'awaited' }))
    expect(awaited.message).toMatch(/an async function gives its run as \{ run: train.fit/)
    const broken = join(folder, 'broken.mjs')
    writeFileSync(broken, 'const = 1')
    expect((await failure(inWorker(start(broken)))).message).toMatch(
      /was lost before the run had ended \(Unexpected token/,
    )
    const idle = start()
    await expect(inWorker(idle).checkpoint()).rejects.toThrow('has not begun')
    await idle.terminate()
  })

  it('serve on a main thread', () => {
    expect(() => serve(() => training({ epochs: 1 }).run)).toThrow(WorkerError)
  })
})

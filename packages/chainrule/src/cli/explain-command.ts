/** `chainrule explain` and `chainrule profile`: what a model's training step compiles to, and where its time goes. */
import type { Command } from 'commander'
import { writeFileAtomic } from '../io/files.ts'
import { crossEntropy } from '../nn/index.ts'
import type { Module } from '../nn/module.ts'
import { adam } from '../optim/index.ts'
import type { KernelProfile, Profile } from '../tensor/profile.ts'
import { accuracy, TrainingStep } from '../train/index.ts'
import { prepareEngine } from './engine.ts'
import { flame } from './flame.ts'
import { type DeviceOptions, type ModelOption, whole, withDevice, withModel } from './options.ts'
import { output } from './output.ts'
import { sampleBatch } from './sample-batch.ts'
import { sourceLine } from './source-line.ts'
import { table } from './table.ts'

interface StepCommandOptions extends ModelOption, DeviceOptions {
  readonly batch: number
}

/** A training step of a model of the catalogue, and a batch of ones for it. */
function stepOf(command: string, { model: name, batch }: StepCommandOptions) {
  const { model, x, y } = sampleBatch(command, name, batch)
  const step = new TrainingStep(model, adam({}, model), { loss: crossEntropy, metrics: [accuracy], accumulate: 1 })
  return { model, step, x, y }
}

export function explainCommand(program: Command): void {
  withDevice(withModel(program.command('explain').description('list the kernels of a training step')))
    .option('-b, --batch <n>', 'samples in a batch', whole(1), 64)
    .action(async (options: StepCommandOptions) => {
      const { line, paint } = output()
      const engine = prepareEngine(options)
      if (options.verbose) line(paint('dim', engine))
      const { step, x, y } = stepOf('explain', options)
      await step.run(x, y, true)
      line(await step.explain())
    })
}

interface ProfileCommandOptions extends StepCommandOptions {
  readonly runs: number
  readonly svg?: string
}

export function profileCommand(program: Command): void {
  withDevice(withModel(program.command('profile').description('time each kernel of a training step')))
    .option('-b, --batch <n>', 'samples in a batch', whole(1), 64)
    .option('--runs <n>', 'steps that are timed', whole(1), 50)
    .option('--svg <file>', 'also draw it: modules above their kernels, as wide as their time')
    .action(async (options: ProfileCommandOptions) => {
      const { line, paint } = output()
      const engine = prepareEngine(options)
      if (options.verbose) line(paint('dim', engine))
      const { model, step, x, y } = stepOf('profile', options)
      const found = await step.profile(x, y, { runs: options.runs })
      const modules = (model as unknown as Module).namedModules()
      const [heading, ...rows] = table(profileRows(found, modules), 'rrrrrlll')
      line(paint('dim', heading!))
      for (const row of rows) line(row)
      const peak = found.peak === undefined ? '' : `; one thread can do ${found.peak.toFixed(1)} GF/s`
      line(
        `${found.milliseconds.toFixed(3)} ms in ${found.kernels.length} kernels (medians of ${found.runs} steps)${peak}`,
      )
      if (options.svg === undefined) return
      await writeFileAtomic(
        options.svg,
        new TextEncoder().encode(
          flame(found, `${options.model}, batch ${options.batch}`, path => modules.get(path)?.describe()),
        ),
      )
      line(`drawn in ${options.svg}`)
    })
}

/** The slowest kernel first. */
function profileRows({ kernels }: Profile, modules: ReadonlyMap<string, Module>): string[][] {
  const percent = (share: number | undefined): string => (share === undefined ? '' : `${(100 * share).toFixed(0)} %`)
  const lineOf = ({ path }: KernelProfile): string => (path === '' ? '' : sourceLine(modules.get(path)?.origin))
  return [
    ['ms', 'of all', 'GF/s', 'of peak', 'GB/s', 'module', 'line', 'kernel'],
    ...kernels
      .toSorted((a, b) => b.milliseconds - a.milliseconds)
      .map(k => [
        k.milliseconds.toFixed(3),
        percent(k.share),
        k.gigaflops?.toFixed(1) ?? '',
        percent(k.ofPeak),
        k.gigabytes.toFixed(1),
        k.path,
        lineOf(k),
        `${k.work} (${k.shape})`,
      ]),
  ]
}

/** `chainrule train`: trains a model, shows how it went, and keeps everything in one folder. */
import { copyFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import { OptionError } from '../errors.ts'
import { writeFileAtomic } from '../io/files.ts'
import { crossEntropy } from '../nn/index.ts'
import { adam, adamW, constant, cosine, type Optimizer, oneCycle, type Schedule, sgd } from '../optim/index.ts'
import { seed as seedRandom } from '../tensor/random.ts'
import { checkCheckpointPath } from '../train/checkpoint.ts'
import { accuracy, type Checkpoint, fit, readCheckpoint, summary } from '../train/index.ts'
import { dataSets, known, models, trainable } from './catalogue.ts'
import { prepareEngine } from './engine.ts'
import { live, peakMemory } from './live.ts'
import { loadData } from './load-data.ts'
import { mistakesPng } from './mistakes.ts'
import {
  checkpointName,
  type DataOptions,
  type DeviceOptions,
  defaultFolder,
  type ModelOption,
  positive,
  whole,
  withData,
  withDevice,
  withModel,
} from './options.ts'
import { output, programCommand } from './output.ts'
import { assess, showConfusion, showMistakes } from './report.ts'
import { showBytes, showCount } from './terminal.ts'

interface TrainOptions extends DataOptions, ModelOption, DeviceOptions {
  readonly epochs: number
  readonly batch: number
  readonly lr: number
  readonly optimizer: keyof typeof optimizers
  readonly schedule: keyof typeof schedules
  readonly seed: number
  readonly out?: string
  readonly resume?: string | true
}

const optimizers = { adam, adamW, sgd } as unknown as Record<
  'adam' | 'adamW' | 'sgd',
  (options: { learningRate: number }) => Optimizer
>
const schedules = { cosine, oneCycle, constant } satisfies Record<
  string,
  (options: { learningRate: number; steps: number }) => Schedule
>
/** What a run that goes on takes from its checkpoint unless told otherwise. */
const remembered = [
  'model',
  'data',
  'dataDir',
  'source',
  'limit',
  'epochs',
  'batch',
  'lr',
  'optimizer',
  'schedule',
  'seed',
] as const
type Remembered = Partial<Pick<TrainOptions, (typeof remembered)[number]>>

export function trainCommand(program: Command): void {
  const command = withDevice(
    withData(withModel(program.command('train').description('train a model and save it'), trainable)),
  )
    .option('-e, --epochs <n>', 'passes over the training data', whole(1), 12)
    .option('-b, --batch <n>', 'samples in a batch', whole(1), 64)
    .option('--lr <rate>', 'highest learning rate', positive, 3e-3)
    .addOption(new Option('--optimizer <name>', 'optimizer').choices(Object.keys(optimizers)).default('adam'))
    .addOption(
      new Option('--schedule <name>', 'learning rate over time').choices(Object.keys(schedules)).default('cosine'),
    )
    .option('-s, --seed <n>', 'of the initial weights and the order of the data', whole(0, 2 ** 32 - 1), 1)
    .option(
      '-o, --out <folder>',
      'where to keep the checkpoint and the pictures (default: runs/<model>-<data>, or that of --resume)',
    )
    .option(
      '-r, --resume [file]',
      'go on from a checkpoint (or the one in a folder), with its options (default: the one in --out)',
    )
    .addHelpText(
      'after',
      `
Ctrl-C finishes the step, saves the checkpoint and exits with 130; --resume goes on, bit for bit.
On Node 20 the engine's flag for fused multiply-add is set; CHAINRULE_NO_FLAGS=1 leaves it out.`,
    )
  command.action(async (given: TrainOptions) => {
    process.exitCode = await train(given, name => command.getOptionValueSource(name) === 'cli')
  })
}

/** The exit code. */
async function train(given: TrainOptions, isGiven: (name: string) => boolean): Promise<number> {
  const out = output()
  const { line, paint } = out
  const resume = await resumePath(given)
  const options = resume === undefined ? given : await withRemembered(given, resume, isGiven)
  const engine = prepareEngine(options)
  const { title, thing } = known('data', dataSets, options.data)
  const entry = known('model', models, options.model)
  const folder = options.out ?? (resume === undefined ? defaultFolder(options.model, options.data) : dirname(resume))
  const path = join(folder, checkpointName)

  const { train: samples, test, classes, origin } = await loadData(options)
  await checkCheckpointPath(path)
  seedRandom(options.seed)
  const model = entry.create()
  const { parameters } = summary(model, [1, ...entry.input])
  line(
    `${entry.title}, ${showCount(parameters)} parameters, on ${title}: ${showCount(samples.length)} ${thing}s to train, ${showCount(test.length)} to test`,
  )
  const { epochs, batch, lr, optimizer, schedule, seed } = options
  line(
    paint(
      'dim',
      `${optimizer}, learning rate ${lr} (${schedule}), batch ${batch}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, seed ${seed}`,
    ),
  )
  if (options.verbose) line(paint('dim', `${engine}; data from ${origin}`))
  if (resume !== undefined) {
    line(`going on from ${resume}`)
    if (finishedEpochs(await readCheckpoint(resume)) >= epochs)
      line(`this run has finished its ${epochs} epochs; to train on, give more of them: --epochs ${2 * epochs}`)
  }
  if (resume !== path && (await exists(path))) {
    const kept = join(folder, previousName)
    await copyFile(path, kept)
    line(`the checkpoint that is there will be replaced; it is kept as ${kept}`)
  }
  line()

  const watcher = live(out)
  const interrupt = interruption(() => watcher.stop())
  const run = fit(model, samples, {
    loss: crossEntropy,
    optimizer: optimizers[optimizer]({ learningRate: lr }),
    schedule: steps => schedules[schedule]({ learningRate: lr, steps: Math.max(2, steps) }),
    epochs,
    batchSize: batch,
    validate: test,
    metrics: [accuracy],
    seed,
    signal: interrupt.signal,
    resume,
    checkpoint: { path, info: { run: pick(options), classes } },
  })
  let planned = 0
  try {
    for await (const event of run) {
      watcher.see(event)
      if (event.type === 'step') planned = event.peakBytes
    }
  } finally {
    watcher.stop()
    interrupt.release()
  }
  const { reason, seconds, steps } = await run
  if (reason === 'aborted') {
    line(`stopped after step ${steps}; checkpoint ${path}`)
    line(`go on with: ${programCommand()} train --resume ${path}`)
    return interrupt.exitCode()
  }

  line(
    paint(
      'dim',
      `trained in ${seconds.toFixed(1)}s; memory of a step ${showBytes(planned)}, of the process ${showBytes(peakMemory())} at most`,
    ),
  )
  line()
  const assessment = await assess(model, test, classes)
  showConfusion(assessment, classes, out)
  line()
  const picture = join(folder, 'mistakes.png')
  if (assessment.mistakes.length > 0) {
    showMistakes(assessment, out)
    await writeFileAtomic(picture, mistakesPng(assessment.mistakes.slice(0, 20)))
    line()
    line(`mistakes    ${picture}`)
  }
  line(`checkpoint  ${path}`)
  line(`predict     ${programCommand()} predict --checkpoint ${path} --index ${assessment.mistakes[0]?.index ?? 0}`)
  line(`            ${programCommand()} predict --checkpoint ${path} ${thing}.png`)
  line(`test accuracy ${assessment.scores.accuracy!.toFixed(4)}`)
  return 0
}

const previousName = 'checkpoint.previous.safetensors'
const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** The file to go on from; a folder stands for the checkpoint in it. */
async function resumePath({ resume, out, model, data }: TrainOptions): Promise<string | undefined> {
  if (resume === true) return join(out ?? defaultFolder(model, data), checkpointName)
  if (resume === undefined) return undefined
  const isFolder = await stat(resume).then(
    found => found.isDirectory(),
    () => false,
  )
  return isFolder ? join(resume, checkpointName) : resume
}

const finishedEpochs = ({ info }: Checkpoint): number =>
  (info.progress as { history?: readonly unknown[] } | undefined)?.history?.length ?? 0

const pick = (options: TrainOptions): Remembered =>
  Object.fromEntries(remembered.map(name => [name, options[name]]).filter(([, value]) => value !== undefined))

/** Options that were not given come from the run that goes on. */
async function withRemembered(
  given: TrainOptions,
  path: string,
  isGiven: (name: string) => boolean,
): Promise<TrainOptions> {
  const { info } = await readCheckpoint(path)
  const run = (info.run ?? {}) as Remembered
  for (const name of ['model', 'data'] as const)
    if (isGiven(name) && run[name] !== undefined && run[name] !== given[name])
      throw new OptionError(
        name,
        `train: ${path} is a run with --${name} ${run[name]}, it cannot go on with --${name} ${given[name]}; leave out --${name}, or --resume`,
      )
  const kept = Object.fromEntries(
    remembered.filter(name => !isGiven(name) && run[name] !== undefined).map(name => [name, run[name]]),
  )
  return { ...given, ...kept }
}

/** Aborts at the first Ctrl-C (or kill); the second one ends the process as usual. */
function interruption(notice: () => void) {
  const control = new AbortController()
  const codes = { SIGINT: 130, SIGTERM: 143 } as const
  let exitCode: number = codes.SIGINT
  const stop = (signal: keyof typeof codes): void => {
    release()
    exitCode = codes[signal]
    notice()
    process.stderr.write('finishing this step; Ctrl-C again to quit at once\n')
    control.abort()
  }
  const release = (): void => {
    for (const signal in codes) process.off(signal, stop)
  }
  for (const signal in codes) process.on(signal, stop)
  return { signal: control.signal, exitCode: () => exitCode, release }
}

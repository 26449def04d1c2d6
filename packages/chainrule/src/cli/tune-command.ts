/** `chainrule tune`: measures how else the native device could compute a model's contractions, and keeps what is quicker. */
import { SingleBar } from 'cli-progress'
import { type Command, Option } from 'commander'
import { nativeDevice } from '../device/native/device.ts'
import { crossEntropy } from '../nn/index.ts'
import type { Module } from '../nn/module.ts'
import { adam } from '../optim/index.ts'
import { compile } from '../tensor/compile.ts'
import { registerDevice, setDevice } from '../tensor/runtime.ts'
import { grad } from '../tensor/tensor.ts'
import { type TunedKernel, tune } from '../tensor/tune.ts'
import type { AnyTensor, Tensor } from '../tensor/types.ts'
import { forwardOf } from '../train/types.ts'
import { type ModelOption, whole, withModel } from './options.ts'
import { output } from './output.ts'
import { sampleBatch } from './sample-batch.ts'
import { table } from './table.ts'
import { terminalOf } from './terminal.ts'

interface TuneCommandOptions extends ModelOption {
  readonly batch: number
  readonly rounds: number
  readonly of: 'training' | 'inference'
  readonly threads?: number
}

export function tuneCommand(program: Command): void {
  withModel(
    program
      .command('tune')
      .description('measure other ways to compute a model on the native device, and keep in its cache what is quicker'),
  )
    .option('-b, --batch <n>', 'samples in a batch', whole(1), 64)
    .addOption(
      new Option('--of <what>', 'what is tuned: a training step, or scores')
        .choices(['training', 'inference'])
        .default('training'),
    )
    .option('--rounds <n>', 'timed runs of each way, in turns', whole(1), 10)
    .option(
      '--threads <n>',
      'threads of a whole step (default: $CHAINRULE_THREADS or as many as there are cores, up to 8)',
      whole(1, 64),
    )
    .action(async ({ batch, rounds, of, threads, model: name }: TuneCommandOptions) => {
      const { line, paint } = output()
      // what cannot be had is an error here: there is nothing else to tune
      const device = nativeDevice({ threads })
      registerDevice('native', () => device)
      setDevice('native')
      const { model, x, y } = sampleBatch('tune', name, batch)
      const forward = forwardOf(model)
      const step = of === 'training' ? trainingStep(model as unknown as Module, forward) : forward
      if (of === 'inference') (model as unknown as Module).eval()
      const progress = bar()
      const {
        kernels,
        model: before,
        tuned,
      } = await tune(compile(step), [x, y], { rounds, onProgress: progress.see }).finally(progress.stop)
      const [heading, ...rows] = table(rowsOf(kernels), 'rlrlrrll')
      line(paint('dim', heading!))
      for (const row of rows) line(row)
      const kept = kernels.filter(k => k.kept).length
      line(
        `whole ${of === 'training' ? 'step' : 'batch'}: ${before.toFixed(3)} ms as the model chooses, ${tuned.toFixed(3)} ms with the best`,
      )
      line(
        kept > 0
          ? `${kept} of ${kernels.length} choices kept in ${device.cache.folder}; programs that start now use them`
          : 'nothing is kept: the model chose well',
      )
    })
}

function trainingStep(model: Module, forward: (x: AnyTensor) => AnyTensor) {
  const optimizer = adam({}, model)
  return (x: AnyTensor, y: AnyTensor): AnyTensor => {
    const loss = crossEntropy(forward(x) as Tensor, y as Tensor) as Tensor<readonly []>
    optimizer.step(grad(loss, optimizer.parameters))
    return loss
  }
}

function bar(stream: NodeJS.WriteStream = process.stderr) {
  const drawn = terminalOf(stream).live
    ? new SingleBar({ format: 'measuring {bar} {value}/{total}', stream, clearOnComplete: true, hideCursor: true })
    : undefined
  let started = false
  return {
    see(done: number, total: number): void {
      if (started) drawn?.update(done)
      else drawn?.start(total, done)
      started = true
    },
    stop: () => drawn?.stop(),
  }
}

const rowsOf = (kernels: readonly TunedKernel[]): string[][] => [
  ['ms', 'model', 'ms', 'best', 'of', 'gain', 'kept', 'kernel'],
  ...kernels.map(({ name, shape, count, milliseconds, model, best, gain, kept }) => [
    milliseconds.get(model)!.toFixed(3),
    model,
    milliseconds.get(best)!.toFixed(3),
    best,
    `${milliseconds.size}`,
    `${gain.toFixed(2)}×`,
    kept ? 'yes' : '',
    `${count > 1 ? `${count} × ` : ''}${name} (${shape})`,
  ]),
]

/** `chainrule summary` and `chainrule explain`: what a model consists of, and what its training step compiles to. */
import type { Command } from 'commander'
import { fromHost } from '../data/arrays.ts'
import { OptionError } from '../errors.ts'
import { numel, show } from '../graph/shape.ts'
import { crossEntropy } from '../nn/index.ts'
import { adam } from '../optim/index.ts'
import { accuracy, summary, TrainingStep } from '../train/index.ts'
import { known, models } from './catalogue.ts'
import { prepareEngine } from './engine.ts'
import { type DeviceOptions, type ModelOption, whole, withDevice, withModel } from './options.ts'
import { output } from './output.ts'
import { table } from './table.ts'
import { showBytes, showCount } from './terminal.ts'

interface SummaryOptions extends ModelOption {
  readonly batch: number
}

export function summaryCommand(program: Command): void {
  withModel(program.command('summary').description('list the layers of a model'))
    .option('-b, --batch <n>', 'samples in a batch', whole(1), 1)
    .action(({ model, batch }: SummaryOptions) => {
      const { line, paint } = output()
      const entry = known('model', models, model)
      const found = summary(entry.create(), [batch, 1, 28, 28])
      const rows = [
        ['layer', '', 'output', 'parameters', 'multiply-adds', 'bytes'],
        ...found.layers.map(l => [
          l.name,
          l.description,
          show(l.output),
          showCount(l.parameters),
          showCount(l.multiplyAdds),
          showBytes(4 * (l.parameters + numel(l.output))),
        ]),
      ]
      line(paint('bold', entry.title))
      table(rows, 'lllrrr').forEach((row, i) => void line(`  ${i === 0 ? paint('dim', row) : row}`))
      line(
        `parameters     ${showCount(found.parameters)}${found.trainable === found.parameters ? '' : `, ${showCount(found.trainable)} trained`}`,
      )
      line(`multiply-adds  ${showCount(found.multiplyAdds)} for ${show([batch, 1, 28, 28])}`)
      line(
        `bytes          ${showBytes(found.stateBytes)} of state, ${showBytes(found.activationBytes)} of layer outputs`,
      )
    })
}

export function explainCommand(program: Command): void {
  withDevice(withModel(program.command('explain').description('list the kernels of a training step')))
    .option('-b, --batch <n>', 'samples in a batch', whole(1), 64)
    .action(async ({ model: name, batch, ...options }: SummaryOptions & DeviceOptions) => {
      const { line, paint } = output()
      const engine = prepareEngine(options)
      if (options.verbose) line(paint('dim', engine))
      const model = known('model', models, name).create()
      const optimizer = adam({}, model)
      const step = new TrainingStep(model, optimizer, { loss: crossEntropy, metrics: [accuracy], accumulate: 1 })
      try {
        const x = fromHost({ dtype: 'float32', shape: [batch, 1, 28, 28], data: new Float32Array(batch * 784) })
        await step.run(x, fromHost({ dtype: 'int32', shape: [batch], data: new Int32Array(batch) }), true)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error // an array that the engine cannot make
        const bytes = showBytes(4 * 784 * batch)
        throw new OptionError(
          'batch',
          `explain: ${showCount(batch)} samples alone are ${bytes}, more than there is memory for; give a smaller --batch`,
        )
      }
      line(step.explain())
    })
}

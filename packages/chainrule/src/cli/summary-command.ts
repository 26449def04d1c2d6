/** `chainrule summary`: what a model consists of. */
import type { Command } from 'commander'
import { numel, show } from '../graph/shape.ts'
import { summary } from '../train/index.ts'
import { known, models } from './catalogue.ts'
import { type ModelOption, whole, withModel } from './options.ts'
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
      const input = [batch, ...entry.input]
      const found = summary(entry.create(), input)
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
      line(`multiply-adds  ${showCount(found.multiplyAdds)} for ${show(input)}`)
      line(
        `bytes          ${showBytes(found.stateBytes)} of state, ${showBytes(found.activationBytes)} of layer outputs`,
      )
    })
}

/** `chainrule evaluate`: scores of a saved model on the test data. */
import type { Command } from 'commander'
import { dataSets, known, models } from './catalogue.ts'
import { prepareEngine } from './engine.ts'
import { loadData } from './load-data.ts'
import {
  type CheckpointOption,
  type DataOptions,
  type DeviceOptions,
  withCheckpoint,
  withData,
  withDevice,
} from './options.ts'
import { output } from './output.ts'
import { assess, showClassScores, showConfusion, showMistakes } from './report.ts'
import { savedModel } from './saved-model.ts'
import { showCount } from './terminal.ts'

export function evaluateCommand(program: Command): void {
  const command = withDevice(
    withData(withCheckpoint(program.command('evaluate').description('score a saved model on the test data'))),
  )
  command.action(async (options: CheckpointOption & DataOptions & DeviceOptions) => {
    const out = output()
    const engine = prepareEngine(options)
    const saved = await savedModel(options.checkpoint)
    const data = command.getOptionValueSource('data') === 'cli' ? options.data : saved.data
    const { test, origin } = await loadData({ ...options, data })
    const { title, thing } = known('data', dataSets, data)
    out.line(`${known('model', models, saved.name).title} on ${title}: ${showCount(test.length)} ${thing}s to test`)
    if (options.verbose) out.line(out.paint('dim', `${engine}; data from ${origin}`))
    const assessment = await assess(saved.model, test, saved.classes)
    out.line()
    showClassScores(assessment, saved.classes, out)
    out.line()
    showConfusion(assessment, saved.classes, out)
    out.line()
    showMistakes(assessment, out)
    out.line(`test loss ${assessment.scores.loss.toFixed(4)}`)
    out.line(`test accuracy ${assessment.scores.accuracy!.toFixed(4)}`)
  })
}

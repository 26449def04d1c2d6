/** `chainrule predict`: what a saved model sees in picture files or in a test sample. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { fromHost } from '../data/arrays.ts'
import { DataError, OptionError } from '../errors.ts'
import { reason } from '../io/files.ts'
import type { Tensor } from '../tensor/types.ts'
import { largest, probabilities } from '../train/index.ts'
import { forwardOf } from '../train/types.ts'
import { blocks, type Picture } from './blocks.ts'
import { dataSets, known } from './catalogue.ts'
import { prepareEngine } from './engine.ts'
import { loadData } from './load-data.ts'
import {
  type CheckpointOption,
  type DataOptions,
  type DeviceOptions,
  whole,
  withCheckpoint,
  withData,
  withDevice,
} from './options.ts'
import { type Output, output } from './output.ts'
import { readImage } from './read-image.ts'
import { pictureAt } from './report.ts'
import { type SavedModel, savedModel } from './saved-model.ts'
import { probabilityBars } from './table.ts'

interface PredictOptions extends CheckpointOption, DataOptions, DeviceOptions {
  readonly index?: number
}

export function predictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('say what is in a picture')
    .argument('[images...]', 'PNG or JPEG files of any size, light on dark or dark on light')
    .option('-i, --index <n>', 'sample n of the test data instead of files', whole(0))
  withDevice(withData(withCheckpoint(command)))
  command.action(async (images: string[], options: PredictOptions) => {
    if (images.length === 0 && options.index === undefined)
      throw new OptionError('images', 'predict: give picture files, or --index <n> for a sample of the test data')
    if (images.length > 0 && options.index !== undefined)
      throw new OptionError(
        'index',
        'predict: give picture files or --index <n> for a sample of the test data, not both',
      )
    const out = output()
    prepareEngine(options)
    const saved = await savedModel(options.checkpoint)
    const data = command.getOptionValueSource('data') === 'cli' ? options.data : saved.data
    const { centred } = known('data', dataSets, data)
    for (const path of images) {
      try {
        await show(saved, await readImage(await bytesOf(path), path, centred), path, out)
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        process.stderr.write(`error: ${error.message}\n`)
        process.exitCode = 1
      }
    }
    if (options.index !== undefined) {
      const { test } = await loadData({ ...options, data })
      if (options.index >= test.length)
        throw new OptionError(
          'index',
          `predict: --index ${options.index} is outside the ${test.length} samples of the test data`,
        )
      const { x, y } = await test.batch(Int32Array.of(options.index))
      const truth = saved.classes[y!.data[0]!]!
      await show(saved, pictureAt(x!, 0), `test sample ${options.index}, truly ${truth}`, out)
    }
  })
}

const bytesOf = (path: string): Promise<Uint8Array> =>
  readFile(path).catch(error => {
    throw new DataError(`${path} cannot be read: ${reason(error)}`, path, { cause: error })
  })

async function show(
  { model, classes }: SavedModel,
  picture: Picture,
  name: string,
  { terminal, line, paint }: Output,
): Promise<void> {
  const { width, height, data } = picture
  const x = fromHost({ dtype: 'float32', shape: [1, 1, height, width], data: Float32Array.from(data) })
  const outputs = {
    dtype: 'float32',
    shape: [1, classes.length],
    data: await (forwardOf(model)(x) as Tensor).data(),
  } as const
  line(paint('bold', name))
  for (const row of blocks(picture, terminal.depth)) line(`  ${row}`)
  for (const row of probabilityBars(probabilities(outputs), classes, terminal)) line(`  ${row}`)
  line(`prediction ${classes[largest(outputs)[0]!]}`)
}

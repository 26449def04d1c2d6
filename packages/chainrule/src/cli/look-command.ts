/** `chainrule look`: what is inside a trained network, as picture files. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { fromHost } from '../data/arrays.ts'
import { OptionError } from '../errors.ts'
import type { Tensor } from '../tensor/types.ts'
import { summary } from '../train/index.ts'
import {
  activations,
  ascent,
  filters,
  grid,
  heatmap,
  layerNames,
  mapsOf,
  occlusion,
  type Picture,
  saliency,
  stretch,
  topPatches,
  writeImage,
} from '../vision/index.ts'
import { prepareEngine } from './engine.ts'
import { loadData } from './load-data.ts'
import {
  checkpointName,
  type DataOptions,
  type DeviceOptions,
  defaultFolder,
  whole,
  withData,
  withDevice,
} from './options.ts'
import { output } from './output.ts'
import { savedModel } from './saved-model.ts'

interface Options extends DataOptions, DeviceOptions {
  readonly index: number
  readonly layer?: readonly string[]
  readonly out: string
  readonly patches: number
  readonly steps: number
}
const scale = 4
type Pictures = Tensor<[number, number, number, number]>

export function lookCommand(program: Command): void {
  const command = program
    .command('look')
    .description(
      'look inside a trained network: filters, activation maps, saliency, what its channels answer to; as PNG files',
    )
    .argument('[checkpoint]', 'a saved checkpoint', join(defaultFolder('lenet5', 'mnist'), checkpointName))
    .option('-i, --index <n>', 'sample n of the test data', whole(0), 0)
    .option('-l, --layer <paths...>', 'layers to look at, like 0 3 (default: every convolution)')
    .option('-o, --out <folder>', 'where to write', 'runs/look')
    .option('--patches <n>', 'patches of the training data for each channel', whole(1, 100), 9)
    .option('--steps <n>', 'steps of gradient ascent', whole(1), 128)
  withDevice(withData(command)).action(async (checkpoint: string, options: Options) => {
    prepareEngine(options)
    const { line } = output()
    const saved = await savedModel(checkpoint)
    const data = command.getOptionValueSource('data') === 'cli' ? options.data : saved.data
    const { train, test } = await loadData({ ...options, data })
    if (options.index >= test.length)
      throw new OptionError(
        'index',
        `look: --index ${options.index} is outside the ${test.length} samples of the test data`,
      )
    const { model, classes } = saved
    const batch = await test.batch(Int32Array.of(options.index))
    const x = fromHost(batch.x!) as Pictures
    const shape = x.shape.slice(1) as [number, number, number]
    const known = layerNames(model)
    for (const path of options.layer ?? [])
      if (!known.includes(path))
        throw new OptionError('layer', `look: the model has no layer '${path}'; it has ${known.join(', ')}`)

    const write = async (name: string, picture: Picture, about: string): Promise<void> => {
      const path = join(options.out, `${name}.png`)
      await writeImage(path, picture)
      line(`${path}: ${about}`)
    }
    const shown = classes[batch.y!.data[0]!]!
    await write('picture', grid(x, { scale }), `test sample ${options.index}, truly ${shown}`)

    const convolutions = summary(model, x.shape)
      .layers.filter(l => l.description.startsWith('conv2d'))
      .map(l => l.name)
    for (const layer of convolutions)
      await write(
        `filters-${layer}`,
        grid(stretch(filters(model, layer), 'signed'), { scale: 2 * scale, gap: scale, background: 0 }),
        `kernels of layer ${layer}`,
      )
    const layers = options.layer ?? convolutions
    for (const [layer, activation] of await activations(model, x, layers))
      if (activation.shape.length === 4)
        await write(
          `activations-${layer}`,
          grid(stretch(mapsOf(activation)), { scale }),
          `activation maps of layer ${layer}`,
        )

    const heat = [await occlusion(model, x)] as Tensor[]
    for (const method of ['integrated', 'smooth', 'gradient'] as const) {
      const map = (await saliency(model, x, { method })) as Pictures
      heat.unshift(map.sum(1))
    }
    await write(
      'saliency',
      grid(heat.map(heatmap), { columns: 4, scale }),
      'what the prediction depends on: gradient, smooth gradient, integrated gradients, occlusion',
    )

    for (const layer of layers) {
      const channels = await topPatches(model, layer, train, { count: options.patches })
      await write(
        `patches-${layer}`,
        grid(
          [...channels.values()].flat().map(patch => patch.picture),
          { columns: options.patches, scale },
        ),
        `what the channels of layer ${layer} answer to most in the training data, a row each`,
      )
      const { pictures } = await ascent(model, shape, { layer, steps: options.steps })
      await write(
        `ascent-${layer}`,
        grid(pictures, { scale }),
        `what the channels of layer ${layer} answer to most of all`,
      )
    }
    const { pictures } = await ascent(model, shape, { steps: options.steps })
    await write('ascent-classes', grid(pictures, { columns: 5, scale }), `what is most like ${classes.join(', ')}`)
  })
}

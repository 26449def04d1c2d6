/** `chainrule filter`: a kernel laid over a picture file. */
import { basename, extname } from 'node:path'
import { type Command, Option } from 'commander'
import { OptionError } from '../errors.ts'
import { borders } from '../vision/filtering/border.ts'
import {
  boxKernel,
  type FilterOptions,
  filter,
  gaussianKernel,
  type Kernel,
  kernels,
  readImage,
  type Stretch,
  separate,
  stretch,
  writeImage,
} from '../vision/index.ts'
import { known } from './catalogue.ts'
import { prepareEngine } from './engine.ts'
import { type DeviceOptions, whole, withDevice } from './options.ts'
import { output } from './output.ts'
import { table } from './table.ts'

interface Options extends DeviceOptions {
  readonly kernel?: string
  readonly weights?: string
  readonly output?: string
  readonly mode: NonNullable<FilterOptions['mode']>
  readonly border: NonNullable<FilterOptions['border']>
  readonly channels: NonNullable<FilterOptions['channels']>
  readonly show: Stretch | 'clip'
  readonly normalize?: boolean
  readonly quality?: number
  readonly list?: boolean
}

export function filterCommand(program: Command): void {
  const command = program
    .command('filter')
    .description('lay a kernel over a picture: blur, sharpen, edges, emboss, or weights of your own')
    .argument('[picture]', 'a PNG or JPEG file')
    .option('-k, --kernel <name>', 'a kernel by name (see --list), gaussian:<sigma> or box:<size>')
    .option('-w, --weights <rows>', 'weights of your own, rows separated by semicolons: "0 -1 0; -1 5 -1; 0 -1 0"')
    .option('-o, --output <file>', 'where to write, .png or .jpg (default: <picture>-<kernel>.png)')
    .addOption(
      new Option('--mode <mode>', 'lay the kernel down as it is written, or turned by 180° first')
        .choices(['correlation', 'convolution'])
        .default('correlation'),
    )
    .option('--normalize', 'divide by the sum of the weights, which keeps the brightness')
    .addOption(
      new Option('--border <kind>', 'what lies outside the picture').choices([...borders, 'none']).default('replicate'),
    )
    .addOption(
      new Option('--channels <how>', 'filter each channel by itself, or add up what the kernel gives in all')
        .choices(['each', 'cross'])
        .default('each'),
    )
    .addOption(
      new Option(
        '--show <how>',
        'how numbers become brightness: cut off outside 0 … 1, from least to greatest, 0 as grey, without sign',
      )
        .choices(['clip', 'range', 'signed', 'magnitude'])
        .default('clip'),
    )
    .option('--quality <n>', 'of a JPEG file', whole(1, 100))
    .option('--list', 'list the kernels')
  withDevice(command).action(async (picture: string | undefined, options: Options) => {
    if (options.list) listKernels()
    else await apply(picture, options)
  })
}

async function apply(picture: string | undefined, options: Options): Promise<void> {
  if (picture === undefined)
    throw new OptionError('picture', 'filter: give a PNG or JPEG file, or --list for the kernels')
  const { name, weights } = chosen(options)
  prepareEngine(options)
  const image = await readImage(picture)
  const { mode, border, channels, show, quality } = options
  const filtered = filter(image, weights, { mode, border, channels, normalize: options.normalize ?? false })
  const path = options.output ?? `${basename(picture, extname(picture))}-${name}.png`
  await writeImage(path, show === 'clip' ? filtered : stretch(filtered, show), quality === undefined ? {} : { quality })
  const [, height, width] = filtered.shape
  output().line(`${path}: ${width}×${height}, ${name}, ${mode}`)
}

function chosen({ kernel, weights }: Options): { name: string; weights: Kernel } {
  if ((kernel === undefined) === (weights === undefined))
    throw new OptionError('kernel', 'filter: give --kernel <name> (see --list) or --weights <rows>')
  if (weights !== undefined) return { name: 'weights', weights: parseWeights(weights) }
  const [kind, argument] = kernel!.split(':') as [string, string | undefined]
  const made: Readonly<Record<string, (value: number) => Kernel>> = { gaussian: gaussianKernel, box: boxKernel }
  if (argument !== undefined && Object.hasOwn(made, kind)) {
    const value = argument.trim() === '' ? Number.NaN : Number(argument)
    return { name: `${kind}${argument}`, weights: made[kind]!(value) }
  }
  return { name: kernel!, weights: known('kernel', kernels, kernel!).weights }
}

/** Rows separated by semicolons or line ends, numbers and fractions (1/9) by spaces or commas. */
export function parseWeights(text: string): Kernel {
  const rows = text.split(/[;\n]/).map(row => row.split(/[\s,]+/).filter(Boolean))
  return rows
    .filter((row, i) => row.length > 0 || i < rows.length - 1)
    .map(row =>
      row.map(word => {
        const [, above, below = '1'] = /^([+-]?[\d.]+(?:e[+-]?\d+)?)(?:\/([\d.]+))?$/i.exec(word) ?? []
        const value = Number(above) / Number(below)
        if (!Number.isFinite(value)) throw new OptionError('weights', `filter: '${word}' in --weights is no number`)
        return value
      }),
    )
}

function listKernels(): void {
  const { line, paint } = output()
  const sum = (weights: Kernel): string =>
    String(
      Number(
        weights
          .flat()
          .reduce((a, b) => a + b)
          .toFixed(6),
      ),
    )
  const rows = [
    ['kernel', 'sum', 'two passes', ''],
    ...Object.entries(kernels).map(([name, { weights, about }]) => [
      name,
      sum(weights),
      separate(weights) ? 'yes' : 'no',
      about,
    ]),
    ['gaussian:<sigma>', '1', 'yes', 'smooths with a Gaussian of this many pixels'],
    ['box:<size>', '1', 'yes', 'smooths: the mean of size × size pixels'],
  ]
  table(rows, 'lrll').forEach((row, i) => void line(i === 0 ? paint('dim', row) : row))
}

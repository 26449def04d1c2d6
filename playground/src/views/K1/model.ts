/** K1: any kernel over a picture. */
import { type Tensor, tensor, vision } from 'chainrule'
import type { Rows } from '../../frame/cells.tsx'
import type { Model } from '../../frame/define.ts'
import { brightness, drawing, unpackDrawing } from '../../frame/drawing.ts'
import { turnedRows } from '../../frame/rows.ts'
import { choice, flag, integer, matrix, text } from '../../frame/schema.ts'
import { largest, ownPicture, type Picture } from './own.ts'

export type Border = 'zero' | 'replicate' | 'reflect' | 'wrap'
export interface State {
  readonly image: 'cat' | 'drawn' | 'slide' | 'own'
  readonly draw: string
  /** Name of the reader's picture. */
  readonly file: string
  readonly k: Rows
  readonly divide: boolean
  readonly mode: 'correlation' | 'convolution'
  readonly border: Border
  readonly row: number
  readonly column: number
}
export interface Derived {
  /** What the reader has to do to see a picture of theirs; the cat is shown meanwhile. */
  readonly missing: string | undefined
  readonly width: number
  readonly height: number
  readonly pixels: Float32Array
  readonly out: Float32Array
  /** Σ of the weights, before any division. */
  readonly gain: number
  /** The sum is divided by this. */
  readonly divisor: number
  readonly least: number
  readonly most: number
  /** Pixels of the output that no screen can show: below 0, above 1. */
  readonly below: number
  readonly above: number
  readonly at: { readonly row: number; readonly column: number }
  /** Under the kernel, and its weights as they are laid down. */
  readonly under: Rows
  readonly laid: Rows
  readonly value: number
}
/** A side of the drawing. */
export const side = 28

/** Kernels of the slides first. */
export const presets: Readonly<Record<string, Rows>> = {
  'example of the slide': [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ],
  smoothing: [
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
  ],
  'Gaussian-like': [
    [0, 1, 0],
    [1, 4, 1],
    [0, 1, 0],
  ],
  'true Gaussian': [
    [1, 2, 1],
    [2, 4, 2],
    [1, 2, 1],
  ],
  sharpen: vision.kernels.sharpen.weights,
  'sharpen more': vision.kernels.sharpenMore.weights,
  edges: vision.kernels.edges.weights,
  emboss: vision.kernels.emboss.weights,
}
const three = [
  [3, 2, 1],
  [1, 2, 3],
  [1, 1, 1],
]

async function picture({ image, draw, file }: State): Promise<Picture> {
  if (image === 'cat' || image === 'own')
    return (image === 'own' ? ownPicture(file) : undefined) ?? (await import('../../frame/cat.ts')).cat
  if (image === 'drawn') return { width: side, height: side, pixels: brightness(unpackDrawing(draw, side)) }
  return { width: 3, height: 3, pixels: Float32Array.from(three.flat()) }
}

export const model: Model<State, Derived> = {
  schema: {
    image: choice(
      'picture',
      { cat: 'a cat (Muybridge 1887)', drawn: 'draw one', own: 'a file of yours', slide: '3 × 3 of the slide' },
      'cat',
    ),
    draw: drawing('your picture', side),
    file: text('file', '', 200),
    k: matrix('kernel', presets['example of the slide']!, {
      min: -20,
      max: 20,
      step: 1,
      rows: [1, 7],
      columns: [1, 7],
    }),
    divide: flag('divide by the sum of the weights'),
    mode: choice('kernel', { correlation: 'as written', convolution: 'turned by 180°' }, 'correlation'),
    border: choice(
      'beyond the border',
      { zero: 'zeros', replicate: 'the last pixel again', reflect: 'mirrored', wrap: 'the other side' },
      'zero',
    ),
    row: integer('row', 28, { min: 1, max: largest.height }),
    column: integer('column', 66, { min: 1, max: largest.width }),
  },
  async derive(state) {
    const { width, height, pixels } = await picture(state)
    const { mode } = state
    // a kernel larger than the picture cannot be mirrored into it
    const k = state.k.slice(0, height).map(row => row.slice(0, width))
    const gain = k.flat().reduce((a, b) => a + b, 0)
    const divisor = state.divide && gain !== 0 ? gain : 1
    const image = tensor(pixels).reshape([height, width])
    const { border } = state
    const y = vision.filter(image, k, { mode, border, normalize: divisor !== 1 })
    const out = Float32Array.from(await (y as unknown as Tensor).data())
    const [row, column] = [Math.min(state.row, height) - 1, Math.min(state.column, width) - 1]
    const laid = mode === 'convolution' ? turnedRows(k) : k
    // SciPy's middle: where a side is even, the lower one, or the upper one when turned
    const middle = (n: number): number => (mode === 'convolution' ? n - 1 - (n >> 1) : n >> 1)
    const beyond = (i: number, n: number): number | undefined =>
      i >= 0 && i < n
        ? i
        : border === 'zero'
          ? undefined
          : border === 'replicate'
            ? Math.min(n - 1, Math.max(0, i))
            : border === 'wrap'
              ? (i + n) % n
              : i < 0
                ? -i
                : 2 * (n - 1) - i
    const under = laid.map((weights, r) =>
      weights.map((_, c) => {
        const y = beyond(row + r - middle(k.length), height)
        const x = beyond(column + c - middle(k[0]!.length), width)
        return y === undefined || x === undefined ? 0 : pixels[y * width + x]!
      }),
    )
    let [least, most, below, above] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
    for (const v of out) {
      least = Math.min(least, v)
      most = Math.max(most, v)
      if (v < 0) below++
      if (v > 1) above++
    }
    const value = out[row * width + column]!
    return {
      missing:
        state.image === 'own' && !ownPicture(state.file)
          ? `Choose ${state.file === '' ? 'a picture' : `“${state.file}”`}: files are not in the address. Until then, the cat.`
          : undefined,
      width,
      height,
      pixels,
      out,
      gain,
      divisor,
      least,
      most,
      below,
      above,
      at: { row, column },
      under,
      laid,
      value,
    }
  },
  table: (_, d) => ({
    caption: 'The chosen pixel and the whole output',
    columns: ['quantity', 'pixel', 'weight', 'product'],
    rows: [
      ...d.under.flatMap((values, r) =>
        values.map((v, c) => [`row ${r + 1}, column ${c + 1}`, v, d.laid[r]![c]!, v * d.laid[r]![c]!] as const),
      ),
      ['sum of the weights', '', d.gain, ''],
      ['output', '', '', d.value],
      ['least of all outputs', '', '', d.least],
      ['greatest of all outputs', '', '', d.most],
    ],
  }),
  code: ({ k, mode, border, divide }) => `import { tensor, vision } from 'chainrule'

// the picture of the slide; vision.readImage('cat.jpg') reads a file
const picture = tensor([[3, 2, 1], [1, 2, 3], [1, 1, 1]])
const kernel = ${JSON.stringify(k)}
const y = vision.filter(picture, kernel, { mode: '${mode}', border: '${border}', normalize: ${divide} })
console.log(kernel.flat().reduce((a, b) => a + b))
await y.data()
`,
  say: (_, { value, least, most }) =>
    `The chosen pixel becomes ${value.toPrecision(4)}; all outputs lie between ${least.toPrecision(4)} and ${most.toPrecision(4)}.`,
}

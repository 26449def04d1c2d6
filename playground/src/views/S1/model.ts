/** S1–S3: grid size, padding and stride of a kernel on one board. */
import type { Rows } from '../../frame/cells.tsx'
import type { Model } from '../../frame/define.ts'
import { turnedRows } from '../../frame/rows.ts'
import { choice, integer, matrix } from '../../frame/schema.ts'
import { outputSize, picture, places, rowsOf, slide, timesRead } from '../../frame/slide.ts'

export interface State {
  readonly x: Rows
  readonly k: Rows
  readonly pad: number
  readonly sy: number
  readonly sx: number
  readonly mode: 'correlation' | 'convolution'
  /** How many places the kernel has been at; it lies at the last of them. */
  readonly step: number
}
export interface Derived {
  /** As it is laid over the picture. */
  readonly kernel: Rows
  /** The picture with its padding. */
  readonly padded: Rows
  /** No rows where the kernel fits nowhere. */
  readonly out: Rows
  /** (N + 2P − F) / S + 1 of rows and columns, unrounded. */
  readonly size: readonly [number, number]
  /** How often each pixel of the picture is read. */
  readonly reads: Rows
  /** Whether each pixel of the picture is under the middle of the kernel once; undefined where the kernel has no middle pixel. */
  readonly centres: readonly (readonly boolean[])[] | undefined
  /** Where the kernel lies: row and column of the output, and of the padded picture. */
  readonly at: { readonly row: number; readonly column: number; readonly top: number; readonly left: number }
  readonly products: readonly { readonly pixel: number; readonly weight: number; readonly product: number }[]
  readonly sum: number
}

const slideInput = [
  [1, 2, 0, 3, 1],
  [1, 0, 0, 2, 2],
  [2, 1, 2, 1, 1],
  [0, 0, 1, 0, 0],
  [1, 2, 1, 1, 1],
]
const slideKernel = [
  [-1, 1, 2],
  [1, 1, 0],
  [-1, -2, 0],
]

/** How many places the kernel has. */
const count = ({ x, k, pad, sy, sx }: State): number =>
  places(x.length, k.length, pad, sy) * places(x[0]!.length, k[0]!.length, pad, sx)

/** A board that begins with this picture and kernel. */
export const board = (x: Rows, k: Rows): Model<State, Derived> => ({
  schema: {
    x: matrix('picture', x, { min: -9, max: 9, step: 1, rows: [1, 7], columns: [1, 7] }),
    k: matrix('kernel', k, { min: -9, max: 9, step: 1, rows: [1, 7], columns: [1, 7] }),
    pad: integer('padding', 0, { min: 0, max: 3 }),
    sy: integer('stride down', 1, { min: 1, max: 4 }),
    sx: integer('stride across', 1, { min: 1, max: 4 }),
    mode: choice('kernel', { correlation: 'as written', convolution: 'turned by 180°' }, 'correlation'),
    step: integer('step', 1, { min: 0, max: 169 }),
  },
  steps: state => {
    const width = places(state.x[0]!.length, state.k[0]!.length, state.pad, state.sx)
    return Array.from(
      { length: count(state) },
      (_, i) => `row ${Math.floor(i / width) + 1}, column ${(i % width) + 1} of the output`,
    )
  },
  async derive(state) {
    const { x, k, pad, sy, sx } = state
    const [n, m, f, g] = [x.length, x[0]!.length, k.length, k[0]!.length]
    const kernel = state.mode === 'convolution' ? turnedRows(k) : k
    const sliding = { stride: [sy, sx], pad } as const
    const padded = Array.from({ length: n + 2 * pad }, (_, r) =>
      Array.from({ length: m + 2 * pad }, (_, c) => x[r - pad]?.[c - pad] ?? 0),
    )
    const [height, width] = [places(n, f, pad, sy), places(m, g, pad, sx)]
    const input = picture(x)
    const [out, reads] =
      height * width > 0
        ? await Promise.all([rowsOf(slide(input, kernel, sliding)), rowsOf(timesRead(input, kernel, sliding))])
        : [[], x.map(row => row.map(() => 0))]
    const index = Math.min(Math.max(1, state.step), Math.max(1, height * width)) - 1
    const row = Math.floor(index / Math.max(1, width))
    const column = index % Math.max(1, width)
    const [top, left] = [row * sy, column * sx]
    const products =
      out.length === 0
        ? []
        : kernel.flatMap((weights, r) =>
            weights.map((weight, c) => {
              const pixel = padded[top + r]![left + c]!
              return { pixel, weight, product: pixel * weight }
            }),
          )
    const isCentre = (i: number, size: number, stride: number, many: number): boolean => {
      const place = i + pad - (size - 1) / 2
      return place >= 0 && place % stride === 0 && place / stride < many
    }
    return {
      kernel,
      padded,
      out,
      size: [outputSize(n, f, pad, sy), outputSize(m, g, pad, sx)],
      reads,
      centres:
        f % 2 === 1 && g % 2 === 1
          ? x.map((values, r) => values.map((_, c) => isCentre(r, f, sy, height) && isCentre(c, g, sx, width)))
          : undefined,
      at: { row, column, top, left },
      products,
      sum: out[row]?.[column] ?? Number.NaN,
    }
  },
  table: (_, { out, size }) => ({
    caption: 'The output of the kernel',
    columns: ['', 'values by column'],
    rows: [
      ['rows before rounding', size[0]],
      ['columns before rounding', size[1]],
      ...out.flatMap((row, r) => row.map((v, c) => [`row ${r + 1}, column ${c + 1}`, v] as const)),
    ],
  }),
  code: ({ x, k, pad, sy, sx, mode }) => `import { nn, tensor } from 'chainrule'

const picture = tensor(${JSON.stringify([[x]])})
const kernel = tensor(${JSON.stringify([[mode === 'convolution' ? turnedRows(k) : k]])})
const layer = nn.conv2d(1, 1, [${k.length}, ${k[0]!.length}], {
  stride: [${sy}, ${sx}], padding: ${pad}, bias: false, round: 'floor', weightInit: () => kernel,
})
console.log(await layer.forward(picture).array())
`,
  say: (_, { out, sum, at }) =>
    out.length === 0
      ? 'The kernel is larger than the padded picture: no output.'
      : `The output has ${out.length} rows and ${out[0]!.length} columns; at row ${at.row + 1}, column ${at.column + 1} it is ${sum}.`,
})
export const model = board(slideInput, slideKernel)
export const presets = {
  'no padding': { x: slideInput, k: slideKernel, pad: 0, sy: 1, sx: 1, step: 1 },
  padding: { x: slideInput, k: slideKernel, pad: 1, sy: 1, sx: 1, step: 1 },
  'stride 2': { x: slideInput, k: slideKernel, pad: 0, sy: 2, sx: 2, step: 4 },
  'stride 2, padding': { x: slideInput, k: slideKernel, pad: 1, sy: 2, sx: 2, step: 4 },
} as const

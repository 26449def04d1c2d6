/** K2: kernels as detectors of lines and corners. */
import { type Tensor, tensor, vision } from 'chainrule'
import { type Rows, resized } from '../../frame/cells.tsx'
import type { Model } from '../../frame/define.ts'
import { choice, integer, matrix } from '../../frame/schema.ts'

export type Name = 'vertical' | 'horizontal' | 'corner' | 'verticalZero' | 'horizontalZero' | 'own'
export interface State {
  readonly x: Rows
  readonly kernel: Name
  /** A kernel of the reader's. */
  readonly own: Rows
  /** Where the kernel lies, row after row, from 1. */
  readonly at: number
}
export interface Derived {
  readonly kernel: Rows
  /** 7 × 7 responses. */
  readonly out: Rows
  readonly most: number
  /** Where the response is greatest, row after row. */
  readonly best: readonly number[]
  readonly row: number
  readonly column: number
  readonly patch: Rows
  readonly value: number
  /** Σ of the weights: what it answers to even brightness 1. */
  readonly sum: number
  /** What it answers to its own pattern. */
  readonly itself: number
}
export const side = 9
const inner = side - 2

export const named: Readonly<Record<Exclude<Name, 'own'>, Rows>> = {
  vertical: vision.kernels.verticalLine.weights,
  horizontal: vision.kernels.horizontalLine.weights,
  corner: vision.kernels.corner.weights,
  verticalZero: vision.kernels.verticalRidge.weights,
  horizontalZero: vision.kernels.horizontalRidge.weights,
}
const rows = (text: string): Rows => text.split('/').map(row => [...row].map(Number))
export const pictures = {
  'lines and a corner': rows(
    '000000000/010000000/010001111/010001111/010001111/010001111/000000000/011111100/000000000',
  ),
  'even and bright': resized([[1]], side, side),
  'dark line on bright ground': resized([[1, 1, 1, 1, 0, 1, 1, 1, 1]], side, side),
  empty: resized([[0]], side, side),
} as const

/** A pattern as a kernel: bright pixels count for, dark ones against it. */
export const asKernel = (patch: Rows): Rows => patch.map(row => row.map(v => (v > 0 ? 1 : -1)))

export const model: Model<State, Derived> = {
  schema: {
    x: matrix('picture', pictures['lines and a corner'], {
      min: 0,
      max: 1,
      step: 1,
      rows: [side, side],
      columns: [side, side],
    }),
    kernel: choice(
      'detector',
      {
        vertical: 'vertical lines (slide)',
        horizontal: 'horizontal lines (slide)',
        corner: 'corners (slide)',
        verticalZero: 'vertical lines, sum 0',
        horizontalZero: 'horizontal lines, sum 0',
        own: 'your own',
      },
      'vertical',
    ),
    own: matrix('your kernel', named.vertical, { min: -9, max: 9, step: 1 }),
    at: integer('place of the kernel', 15, { min: 1, max: inner * inner }),
  },
  async derive(state) {
    const kernel = state.kernel === 'own' ? state.own : named[state.kernel]
    const image = tensor(state.x as number[][])
    const pattern = tensor(kernel.map(weights => weights.map(w => (w > 0 ? 1 : 0))))
    const filtered = async (x: unknown): Promise<number[]> => [
      ...(await (vision.filter(x as Tensor<[number, number]>, kernel, { border: 'none' }) as unknown as Tensor).data()),
    ]
    const [data, [itself]] = await Promise.all([filtered(image), filtered(pattern)])
    const out = Array.from({ length: inner }, (_, r) => Array.from({ length: inner }, (_, c) => data[r * inner + c]!))
    const most = Math.max(...out.flat())
    const [row, column] = [Math.floor((state.at - 1) / inner), (state.at - 1) % inner]
    return {
      kernel,
      out,
      most,
      best: out.flat().flatMap((v, i) => (v === most ? [i] : [])),
      row,
      column,
      patch: state.x.slice(row, row + 3).map(values => values.slice(column, column + 3)),
      value: out[row]![column]!,
      sum: kernel.flat().reduce((a, b) => a + b, 0),
      itself: itself!,
    }
  },
  table: (_, { out, most, sum, itself }) => ({
    caption: 'Responses',
    columns: ['place', 'value'],
    rows: [
      ['greatest response', most],
      ['to even brightness 1', sum],
      ['to its own pattern', itself],
      ...out.flatMap((values, r) => values.map((v, c) => [`row ${r + 1}, column ${c + 1}`, v] as const)),
    ],
  }),
  code: ({ x, kernel, own }) => `import { tensor, vision } from 'chainrule'

const picture = tensor(${JSON.stringify(x)})
const kernel = ${JSON.stringify(kernel === 'own' ? own : named[kernel])}
const response = vision.filter(picture, kernel, { border: 'none' })
console.log(await response.max().item())
console.log(await response.array())
`,
  say: (_, { most, best }) => `The greatest response is ${most}, at ${best.length} places.`,
}

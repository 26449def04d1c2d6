/** O1: pooling, its gradient, and what it does to a picture that is shifted. */
import { grad, nn, type Tensor } from 'chainrule'
import type { Rows } from '../../frame/cells.tsx'
import type { Model } from '../../frame/define.ts'
import { choice, integer, matrix } from '../../frame/schema.ts'
import { picture, rowsOf } from '../../frame/slide.ts'

export type Kind = 'max' | 'average' | 'l2' | 'rms' | 'sum'
export interface State {
  readonly x: Rows
  readonly kind: Kind
  readonly f: number
  readonly s: number
  readonly shift: number
  readonly step: number
}
export interface Derived {
  readonly out: Rows
  /** ∂(chosen output) / ∂(each pixel). */
  readonly gradient: Rows
  readonly at: { readonly row: number; readonly column: number }
  /** The pixels of the chosen patch. */
  readonly patch: readonly number[]
  readonly value: number
  /** The picture moved to the right, and what becomes of the output. */
  readonly moved: Rows
  readonly movedOut: Rows
  /** Outputs that are the same afterwards. */
  readonly same: number
}

type Image = Tensor<[number, number, number, number]>
const pool = (x: Image, { kind, f, s }: State): Tensor => {
  const options = { stride: s, round: 'floor' } as const
  const layers = {
    max: () => nn.maxPool2d(f, options).forward(x),
    average: () => nn.avgPool2d(f, options).forward(x),
    l2: () => nn.lpPool2d(2, f, options).forward(x),
    rms: () => nn.avgPool2d(f, options).forward(x.square()).sqrt(),
    sum: () => nn.sumPool2d(f, options).forward(x),
  }
  return layers[kind]() as unknown as Tensor
}

export const slideInput = [
  [1, 1, 2, 4],
  [5, 6, 7, 8],
  [3, 2, 1, 0],
  [1, 2, 3, 4],
]
const codes: Readonly<Record<Kind, (f: number, o: string) => string>> = {
  max: (f, o) => `nn.maxPool2d(${f}, ${o}).forward(x)`,
  average: (f, o) => `nn.avgPool2d(${f}, ${o}).forward(x)`,
  l2: (f, o) => `nn.lpPool2d(2, ${f}, ${o}).forward(x)`,
  rms: (f, o) => `nn.avgPool2d(${f}, ${o}).forward(x.square()).sqrt()`,
  sum: (f, o) => `nn.sumPool2d(${f}, ${o}).forward(x)`,
}
const across = (n: number, { f, s }: State): number => Math.max(1, Math.floor((n - f) / s) + 1)

export const model: Model<State, Derived> = {
  schema: {
    x: matrix('picture', slideInput, { min: -9, max: 9, step: 1, rows: [4, 8], columns: [4, 8] }),
    kind: choice(
      'pooling',
      { max: 'maximum', average: 'average', l2: 'L2 norm', rms: 'root mean square', sum: 'sum' },
      'max',
    ),
    f: integer('window', 2, { min: 1, max: 4 }),
    s: integer('stride', 2, { min: 1, max: 4 }),
    shift: integer('shift to the right', 1, { min: 0, max: 3 }),
    step: integer('step', 1, { min: 0, max: 64 }),
  },
  steps: state => {
    const width = across(state.x[0]!.length, state)
    return Array.from(
      { length: across(state.x.length, state) * width },
      (_, i) => `row ${Math.floor(i / width) + 1}, column ${(i % width) + 1} of the output`,
    )
  },
  async derive(state) {
    const { x, f, s, shift } = state
    const input = picture(x)
    const y = pool(input, state)
    const [height, width] = y.shape.slice(-2) as [number, number]
    const index = Math.min(Math.max(1, state.step), height * width) - 1
    const [row, column] = [Math.floor(index / width), index % width]
    const chosen = (y as Image).at(0, 0, row, column) as unknown as Tensor<[]>
    const moved = x.map(values => values.map((_, c) => values[c - shift] ?? 0))
    const [out, gradient, movedOut] = await Promise.all([
      rowsOf(y),
      rowsOf(grad(chosen, input) as unknown as Tensor),
      rowsOf(pool(picture(moved), state)),
    ])
    return {
      out,
      gradient,
      at: { row, column },
      patch: x.slice(row * s, row * s + f).flatMap(values => values.slice(column * s, column * s + f)),
      value: out[row]![column]!,
      moved,
      movedOut,
      same: out.flat().filter((v, i) => Math.abs(v - movedOut.flat()[i]!) < 1e-6).length,
    }
  },
  table: (_, { out, gradient, same }) => ({
    caption: 'Pooled values, the gradient of the chosen one, and outputs that survive the shift',
    columns: ['place', 'value'],
    rows: [
      ...out.flatMap((row, r) => row.map((v, c) => [`output ${r + 1}, ${c + 1}`, v] as const)),
      ...gradient.flatMap((row, r) => row.map((v, c) => [`gradient of pixel ${r + 1}, ${c + 1}`, v] as const)),
      ['unchanged after the shift', same],
    ],
  }),
  code: ({ x, kind, f, s }) => `import { nn, tensor } from 'chainrule'

const x = tensor(${JSON.stringify([[x]])})
const y = ${codes[kind](f, `{ stride: ${s}, round: 'floor' }`)}
console.log(await y.array())
`,
  say: (_, { value, same, out }) =>
    `The chosen patch becomes ${value.toPrecision(4)}; after the shift ${same} of ${out.flat().length} outputs are unchanged.`,
}
